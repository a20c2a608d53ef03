"""Code that asks for devices which the run does not have.

The meta device stands for the accelerator of a run: it is on every machine, and is no CPU.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from assessment.submissions.inside.devices import Redirection, redirected_devices
from assessment.submissions.inside.finding import find_model
from assessment.submissions.inside.fitting import fit
from tests.submissions.inside.questions import (
    Mlp,
    defined,
    question,
    recipe,
    same_state,
    seeded,
    trained,
)

CPU, META = torch.device("cpu"), torch.device("meta")
SAMPLE = torch.randn(4, 1, 8, 8)


@pytest.fixture(autouse=True)
def _without_a_gpu() -> Iterator[None]:
    if torch.cuda.is_available():
        pytest.skip("requests for a GPU that is there need no redirection")
    before = [vars(torch)["zeros"], vars(torch)["set_default_device"], torch.Tensor.to]
    yield
    assert [vars(torch)["zeros"], vars(torch)["set_default_device"], torch.Tensor.to] == before
    assert torch.zeros(1).device == CPU


def layer(**keywords: Any) -> nn.Module:
    return nn.Linear(2, 2, **keywords)


REQUESTS: list[Callable[[], Tensor]] = [
    lambda: torch.zeros(2).cuda(),
    lambda: torch.zeros(2).cuda(1),
    lambda: torch.zeros(2).cuda(non_blocking=True),
    lambda: torch.zeros(2).to("cuda"),
    lambda: torch.zeros(2).to("cuda:1", torch.float64),
    lambda: torch.zeros(2).to(0),
    lambda: torch.zeros(2).to(device=torch.device("cuda"), dtype=torch.float64),
    lambda: torch.zeros(2).to("mps"),
    lambda: torch.zeros(2, device="cuda"),
    lambda: torch.randn(2, device=torch.device("cuda:0")),
    lambda: torch.tensor([1.0], device="cuda"),
    lambda: torch.arange(3, device=1),
    lambda: torch.ones_like(torch.zeros(2), device="cuda"),
    lambda: torch.zeros(2).new_ones(2, device="cuda"),
    lambda: torch.zeros(2).type("torch.cuda.FloatTensor"),
    lambda: torch.zeros(2).type(torch.cuda.FloatTensor),
    lambda: layer().cuda().weight,
    lambda: layer().to("cuda").weight,
    lambda: layer().to(0).weight,
    lambda: layer(device="cuda").weight,
    lambda: nn.LazyLinear(2).cuda().bias,
    lambda: nn.LSTM(2, 2).cuda().weight_hh_l0,
    lambda: within(torch.device("cuda")),
]


def within(device: torch.device) -> Tensor:
    with device:
        return torch.zeros(2)


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("device", [CPU, META], ids=str)
def test_requests_land_on_the_device_of_the_run(
    request_: Callable[[], Tensor], device: torch.device
) -> None:
    with redirected_devices(device) as redirection:
        assert request_().device == device
    assert sum(redirection.asked.values()) >= 1
    with pytest.raises((RuntimeError, AssertionError)):
        request_()


@pytest.mark.parametrize(
    "request_",
    [
        lambda: torch.zeros(2),
        lambda: torch.zeros(2).cpu(),
        lambda: torch.zeros(2).to("cpu"),
        lambda: torch.zeros(2).to(torch.float64),
        lambda: torch.zeros(2).to(torch.zeros(1)),
        lambda: torch.zeros(2, device="cpu"),
        lambda: torch.zeros(2).type(torch.float64),
        lambda: within(CPU),
    ],
)
def test_the_cpu_stays_the_cpu(request_: Callable[[], Tensor]) -> None:
    with redirected_devices(META) as redirection:
        assert request_().device == CPU
    assert redirection.asked == {}
    assert redirection.notes() == []


def test_arguments_keep_their_meaning() -> None:
    with redirected_devices(CPU):
        assert torch.zeros(2).to("cuda", torch.float64).dtype == torch.float64
        assert torch.zeros(2).type(torch.cuda.DoubleTensor).dtype == torch.float64
        assert torch.zeros(2).type() == "torch.FloatTensor"
        assert torch.full((2, 3), 7.0, device="cuda").tolist() == [[7.0] * 3] * 2
        same = torch.zeros(2)
        assert same.cuda() is same  # as on a GPU for what lies there


def test_what_is_no_device_is_torchs_to_refuse() -> None:
    with redirected_devices(CPU), pytest.raises(RuntimeError, match="nonsense"):
        torch.zeros(2).to("nonsense")


def test_default_devices() -> None:
    with redirected_devices(META):
        torch.set_default_device("cuda")
        assert torch.zeros(1).device == META
    assert torch.zeros(1).device == CPU
    with redirected_devices(CPU) as redirection:
        torch.set_default_device("cuda")
        assert torch.zeros(1).device == CPU
        assert torch.overrides._len_torch_function_stack() == 0
        torch.cuda.set_device(0)
        torch.cuda.synchronize()
    assert redirection.asked


def test_the_meta_device_still_counts_parameters() -> None:
    with redirected_devices(CPU), torch.device("meta"):
        assert nn.Linear(100_000, 100_000).weight.device == META


def test_generators_draw_the_same() -> None:
    seeded()
    plain = Mlp()
    seeded()
    with redirected_devices(CPU):
        other = Mlp().cuda()
    assert same_state(plain, other)


def test_everything_is_put_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), redirected_devices(CPU):
        raise ZeroDivisionError


def test_one_within_another() -> None:
    with redirected_devices(CPU) as outer, redirected_devices(META) as inner:
        assert torch.zeros(2).cuda().device == META
    assert (len(outer.asked), len(inner.asked)) == (0, 1)


def test_the_same_gpu_by_another_name_is_no_request_for_another() -> None:
    redirection = Redirection(torch.device("cuda:1"))
    assert str(redirection.land("cuda")) == "cuda:1"
    assert redirection.asked == {}
    assert str(redirection.land("cuda:0")) == "cuda:1"
    assert str(redirection.land(2)) == "cuda:1"
    assert redirection.asked == {"cuda:0": 1, "cuda:2": 1}
    assert redirection.land("cpu") == "cpu"
    assert redirection.land(True) is True


def test_other_threads_are_served_too() -> None:
    found: list[torch.device] = []
    with redirected_devices(CPU):
        thread = threading.Thread(target=lambda: found.append(torch.zeros(1).cuda().device))
        thread.start()
        thread.join()
    assert found == [CPU]


class Demanding(nn.Module):
    """Asks for a GPU wherever one can."""

    def __init__(self) -> None:
        super().__init__()
        self.device = torch.device("cuda:0")
        self.shift = torch.zeros(1, 64, device=self.device)
        self.inner = Mlp().to(self.device)
        self.cuda()

    def forward(self, x: Tensor) -> Tensor:
        x = x.cuda().flatten(1) + self.shift
        return self.inner(x + torch.zeros(x.shape, device=self.device))


def test_a_model_that_asks_everywhere_is_found_fitted_and_trained() -> None:
    seeded()
    expected = trained(Mlp(), recipe())
    seeded()
    with redirected_devices(CPU) as redirection:
        found = find_model([defined(Demanding)], question())
        fitted = fit(found.build(), SAMPLE, 10, recipe())
        got = trained(fitted.model, recipe())
    assert fitted.notes == []
    assert got.losses == expected.losses
    (note,) = redirection.notes()
    assert "asks for `cuda:0`, `cuda`" in note or "asks for `cuda`, `cuda:0`" in note
    assert "the run is on `cpu`" in note
