"""The arguments of a variant, matched to what a student's constructor or factory takes."""

from __future__ import annotations

import copy
import inspect
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from assessment.boundary.layers import activations_within
from assessment.submissions.inside.activations import (
    Option,
    activation_kind,
    activation_options,
)
from assessment.submissions.inside.candidates import Wanted, plain_name
from assessment.submissions.inside.meanings import facts, is_foreign, is_vague, meaning_of, numbered
from assessment.submissions.inside.reasons import one_line
from assessment.submissions.inside.signatures import (
    annotation_of,
    parameters_of,
    takes_list,
    takes_number,
)
from assessment.training.errors import SolutionError

MOST_CALLS = 40
"""Ways of calling one constructor that are tried."""


@dataclass(frozen=True)
class Call:
    """One way of calling a constructor or factory."""

    positional: tuple[Option, ...] = ()
    keywords: Mapping[str, Option] = field(default_factory=dict)
    placed: frozenset[str] = frozenset()
    """The variant's arguments that found a place."""
    guesses: tuple[str, ...] = ()
    """What the spec did not decide, one sentence each."""
    invented: bool = False
    """Some argument has a value that the question gives for something, but not for it by name."""

    def apply(self, target: Callable[..., Any]) -> Any:
        """Call the target; values that can be changed are made anew."""
        named = {name: option.make() for name, option in self.keywords.items()}
        return target(*[option.make() for option in self.positional], **named)

    def text(self, name: str) -> str:
        """Return the call as one would write it: `ModelA(activation=nn.ReLU)`."""
        arguments = [option.text for option in self.positional]
        arguments += [f"{key}={option.text}" for key, option in self.keywords.items()]
        return one_line(f"{name}({', '.join(arguments)})", 200)


@dataclass(frozen=True)
class _Offer:
    """One value for one argument; without an option the argument is left out."""

    option: Option | None = None
    key: str | None = None
    """The variant's argument that it comes from."""
    guess: str = ""


_LEAVE = _Offer()


def propose(target: Callable[..., Any], name: str, wanted: Wanted) -> list[Call]:
    """Return the ways to call `target` that agree with the question, the likeliest first.

    What the question says is matched by name, by synonyms, and by position where arguments have
    no default and names that say nothing. Which of the ways is right is for whoever calls it and
    looks at what comes out; the order is always the same.

    Raises:
        SolutionError: arguments without default for which the question has no value.
    """
    matching = _Matching(wanted, parameters_of(target))
    missing = matching.match()
    if missing:
        needs = ", ".join(f"`{one_line(parameter, 80)}`" for parameter in missing[:10])
        raise SolutionError(
            f"{one_line(name, 80)} cannot be made: the question has no value for its "
            f"argument{'s' if len(missing) > 1 else ''} {needs}; give "
            f"{'them defaults' if len(missing) > 1 else 'it a default'}"
        )
    return list(itertools.islice(matching.calls(), MOST_CALLS))


class _Matching:
    """Who gets what: the parameters of one constructor and the values of one question."""

    def __init__(self, wanted: Wanted, parameters: Mapping[str, inspect.Parameter]) -> None:
        self._wanted = wanted
        self._values = {**wanted.defaults, **wanted.arguments}
        self._parameters = parameters
        self._offers: dict[str, list[_Offer]] = {}
        self._free = {
            name: parameter
            for name, parameter in parameters.items()
            if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        }
        self._several = next(
            (p.name for p in parameters.values() if p.kind == p.VAR_POSITIONAL), None
        )
        self._any = any(p.kind == p.VAR_KEYWORD for p in parameters.values())

    def match(self) -> list[str]:
        """Find offers for the parameters; return those that need a value and have none."""
        remaining = [key for key in self._wanted.arguments if not self._place(key, same_name=True)]
        remaining = [key for key in remaining if not self._place(key, same_name=False)]
        self._fall_back(same_name=True)
        for parameter in list(self._free.values()):
            self._fill(parameter)
        needy = [name for name, p in self._free.items() if p.default is p.empty]
        remaining = self._by_position(needy, remaining)
        for key in remaining:
            self._pass_on(key)
        self._fall_back(same_name=False)
        return [name for name in needy if name not in self._offers]

    def calls(self) -> Iterator[Call]:
        """Yield every combination of the offers, the first of each first."""
        names = [name for name in self._parameters if name in self._offers]
        names += [name for name in self._offers if name not in self._parameters]
        for chosen in itertools.product(*(self._offers[name] for name in names)):
            positional: list[Option] = []
            keywords: dict[str, Option] = {}
            for name, offer in zip(names, chosen, strict=True):
                if offer.option is None:
                    continue
                if name == self._several:
                    positional += _spread(offer.option)
                elif self._is_positional(name):
                    positional.append(offer.option)
                else:
                    keywords[name] = offer.option
            yield Call(
                tuple(positional),
                keywords,
                frozenset(offer.key for offer in chosen if offer.key is not None),
                tuple(offer.guess for offer in chosen if offer.guess),
                any(offer.key is None and offer.option is not None for offer in chosen),
            )

    def _is_positional(self, name: str) -> bool:
        parameter = self._parameters.get(name)
        return parameter is not None and parameter.kind == parameter.POSITIONAL_ONLY

    def _place(self, key: str, *, same_name: bool) -> bool:
        """Offer one of the variant's arguments to the parameter that it belongs to."""
        value, meaning = self._values[key], meaning_of(key)
        if same_name:
            fitting = [name for name in self._free if plain_name(name) == plain_name(key)]
        elif meaning == "hidden":
            return self._place_hidden(key, value)
        else:
            fitting = [name for name in self._free if meaning and meaning_of(name) == meaning]
        if not fitting:
            return False
        name = fitting[0]
        options = self._options(key, value, self._free[name])
        if meaning is not None and not (same_name and key in self._wanted.arguments):
            options += [_option(fact) for fact in facts(meaning, self._wanted) if fact != value]
        self._offer(name, key, options)
        return True

    def _place_hidden(self, key: str, value: Any) -> bool:
        sizes = list(value) if isinstance(value, list | tuple) else [value]
        each = numbered(self._free)
        if len(each) == len(sizes):
            for name, size in zip(each, sizes, strict=True):
                self._offer(name, key, [_option(size)])
            return True
        fitting = [name for name in self._free if meaning_of(name) == "hidden"]
        fitting += [name for name in self._free if meaning_of(name) == "sizes"]
        if not fitting:
            return False
        self._offer(fitting[0], key, self._sizes(sizes, self._free[fitting[0]]))
        depths = [name for name in self._free if meaning_of(name) == "depth"]
        if depths and len(set(sizes)) == 1:
            self._offer(depths[0], key, [_option(len(sizes)), _option(len(sizes) + 1)])
        return True

    def _options(self, key: str, value: Any, parameter: inspect.Parameter) -> list[Option]:
        kind = activation_kind(value)
        if kind is not None and meaning_of(key) == "activation":
            return activation_options(kind, parameter.default, annotation_of(parameter))
        if meaning_of(key) == "hidden":
            sizes = list(value) if isinstance(value, list | tuple) else [value]
            return self._sizes(sizes, parameter)
        return [_option(value)]

    def _sizes(self, sizes: list[Any], parameter: inspect.Parameter) -> list[Option]:
        """Return hidden sizes as a list, as one number, and with those of input and output."""
        ends = [math.prod(self._wanted.shape), *sizes, self._wanted.classes]
        one = [sizes[0]] if sizes and len(set(sizes)) == 1 else []
        values: list[Any] = [sizes, *one, ends, len(sizes)]
        if meaning_of(parameter.name) == "sizes":
            values = [ends, sizes, *one]
        elif takes_number(parameter) or (len(sizes) == 1 and not takes_list(parameter)):
            values = [*one, sizes, ends, len(sizes)]
        return [_option(value) for value in values]

    def _fill(self, parameter: inspect.Parameter) -> None:
        """Offer what the question knows to a parameter that no argument of the variant is for."""
        meaning, default = meaning_of(parameter.name), parameter.default
        required = default is parameter.empty
        if meaning == "device" and required:
            device = torch.device(self._wanted.device)
            text = f'torch.device("{device}")'
            self._offers[parameter.name] = [_Offer(Option(text, lambda: device))]
            del self._free[parameter.name]
        elif meaning == "activation" and required and self._wanted.layout:
            # The reference's own default: what it calls most often.
            kinds = Counter(activations_within(self._wanted.layout))
            if kinds:
                kind = kinds.most_common(1)[0][0]
                options = activation_options(kind, default, annotation_of(parameter))
                self._offer(parameter.name, None, options)
        elif meaning is not None:
            values = facts(meaning, self._wanted)
            if not required and any(_equal(default, value) for value in values):
                return
            if isinstance(default, tuple | list):
                values.sort(key=lambda value: not isinstance(value, tuple))
            if not values:
                return
            self._offer(parameter.name, None, [_option(value) for value in values])
            if not required:
                offers = self._offers[parameter.name]
                offers.insert(0 if is_vague(parameter.name) else len(offers), _LEAVE)

    def _by_position(self, needy: list[str], keys: list[str]) -> list[str]:
        """Give values to arguments whose names say nothing, in order; return the keys left."""
        unknown = [name for name in needy if name not in self._offers]
        if not keys or any(map(is_foreign, unknown)):
            return keys
        if len(unknown) == len(keys):
            between = unknown
        elif len(unknown) == len(keys) + 2:
            first, *between, last = unknown
            pixels, classes = math.prod(self._wanted.shape), self._wanted.classes
            self._offer(first, None, [_option(pixels), _option(self._wanted.shape[0])])
            self._offer(last, None, [_option(classes)])
        else:
            return keys
        for name, key in zip(between, keys, strict=True):
            parameter = self._free[name]
            self._offer(name, key, self._options(key, self._wanted.arguments[key], parameter))
        return []

    def _pass_on(self, key: str) -> None:
        """Offer what has no place to `*args` and `**kwargs`."""
        value = self._wanted.arguments[key]
        if self._several is not None and meaning_of(key) == "hidden":
            sizes = list(value) if isinstance(value, list | tuple) else [value]
            ends = [math.prod(self._wanted.shape), *sizes, self._wanted.classes]
            self._offer(self._several, key, [_option(ends), _option(sizes)])
        elif self._any and key.isidentifier():
            loose = inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY)
            self._offer(key, key, self._options(key, value, loose))
            self._offers[key].append(_LEAVE)

    def _fall_back(self, *, same_name: bool) -> None:
        """Give what the reference takes by default to parameters that have no value.

        A student's own defaults are left in peace: they are what was handed in.
        """
        free = self._free
        self._free = {name: p for name, p in free.items() if p.default is p.empty}
        for key in self._wanted.defaults:
            if key not in self._wanted.arguments:
                self._place(key, same_name=same_name)
        self._free = {name: p for name, p in free.items() if name not in self._offers}

    def _offer(self, name: str, key: str | None, options: list[Option]) -> None:
        """Note offers, each with the sentence that says what was guessed."""
        self._free.pop(name, None)
        kept = {option.text: option for option in options}.values()
        shown = one_line(name, 80)
        offers = []
        for option in kept:
            guess = f"`{shown}` was given as {option.text}"
            if key is None:
                guess += ", which the question does not name"
            elif key not in self._wanted.arguments:
                guess += ", which the question does not name: the reference's own default"
            elif plain_name(name) != plain_name(key):
                guess += f", for the question's `{key}`"
            elif option.text == _option(self._values[key]).text:
                guess = ""
            offers.append(_Offer(option, key if key in self._wanted.arguments else None, guess))
        self._offers[name] = offers


def _option(value: Any) -> Option:
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return Option(one_line(text, 100), partial(copy.deepcopy, value))


def _spread(option: Option) -> list[Option]:
    """Return one option for each item of a list that is given as `*args`."""
    return [_option(item) for item in option.make()]


def _equal(default: Any, value: Any) -> bool:
    try:
        return bool(default == value)
    except Exception:  # an array, or a class of the student's own
        return False
