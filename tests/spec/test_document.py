# ruff: noqa: E501 - tables with one case a line
from __future__ import annotations

import math

import pytest
import yaml

from assessment.spec import document
from assessment.spec.document import NotYaml, parse_document, resolve
from assessment.spec.positions import Span


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E5", 100000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1.5e+2", -150.0),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
    ],
)
def test_core_schema_values(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    "text", ["no", "yes", "on", "off", "y", "tRUE", "1_000", "0b11", "12:30:45", "2024-01-01", "1e", "=", "<"]
)  # fmt: skip
def test_words_of_yaml_1_1_are_texts(text: str) -> None:
    assert resolve(text) == text
    assert parse_document(f"a: {text}").data == {"a": text}


def test_quotes_make_a_text() -> None:
    assert parse_document("a: '1'\nb: \"true\"\nc: |\n  5\n").data == {
        "a": "1",
        "b": "true",
        "c": "5\n",
    }


@pytest.mark.parametrize("text", ["9" * 301, "1e999", "-1e999"])
def test_a_number_that_is_too_large_is_found(text: str) -> None:
    parsed = parse_document(f"a: {text}")
    [(location, span, message)] = parsed.findings
    assert location == ("a",)
    assert span == Span(1, 4, len(text))
    assert "is too large" in message


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan"])
def test_infinity_is_found(text: str) -> None:
    parsed = parse_document(f"a: {text}")
    assert not math.isfinite(parsed.data["a"])
    assert [message for *_, message in parsed.findings] == [f"the number {text} must be finite"]


def test_duplicate_keys_give_both_places_and_keep_the_first() -> None:
    parsed = parse_document("a: 1\nb: {x: 1, x: 2}\na: 3\n")
    assert parsed.data == {"a": 1, "b": {"x": 1}}
    assert parsed.findings == [
        (("b", "x"), Span(2, 11, 1), "duplicate key, first at 2:5"),
        (("a",), Span(3, 1, 1), "duplicate key, first at 1:1"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.1: a", 'this key is not a text: put it in quotes, "1.1"'),
        ("true: a", 'this key is not a text: put it in quotes, "true"'),
        ("a: &x {b: 1}\nc: {<<: *x}", "merge keys are not YAML 1.2; what questions share goes into `defaults`"),
        ("a: !!python/object:os.system x", "tags are not used here, found !!python/object:os.system"),
        ("a: !mine {b: 1}", "tags are not used here, found !mine"),
    ],
)  # fmt: skip
def test_what_a_lab_does_not_use_is_found(text: str, message: str) -> None:
    assert [found for *_, found in parse_document(text).findings] == [message]


def test_anchors_are_followed_and_errors_point_at_the_anchor() -> None:
    parsed = parse_document("a: &x {b: [1, 2]}\nc: *x\n")
    assert parsed.data["c"] == {"b": [1, 2]}
    assert parsed.root.children["c"].value == Span(2, 4, 2)
    assert parsed.root.children["c"].children["b"].children[1].value == Span(1, 15, 1)


def _laughs(levels: int, times: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * times)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (_laughs(10, 9), 6, "more than 100,000 values, aliases expanded"),
        (_laughs(60, 1), 40, "more than 40 maps and lists in each other"),
        ("a: 1\n? [a]\n: b", 2, "a key must be a word"),
        ("? " * 5000, 1, "a key must be a word"),
        ("[" * 5000, 1, "more than 40 maps and lists in each other"),
        ("a: &x [*x]", 1, "the alias *x stands inside its own anchor"),
        ("a: &x 1\nb: *y", 2, "no anchor &y above this alias (there are: x)"),
        ("", 1, "the file is empty"),
        ("# only a comment\n", 1, "the file is empty"),
        ("a: 1\n---\nb: 2", 2, "a second document begins here: a file has one"),
        ("a: b: c", 1, "not YAML: a `:` where none can be: put the text in quotes, or mend the indentation"),
        ("a:\n\t- b", 2, "not YAML: a tab cannot indent, use spaces"),
        ("a:\n  b: 1\n\tc: 2", 3, "not YAML: a tab cannot indent, use spaces"),
        ("a:\n  b: 1\n c: 2", 3, "not YAML: the indentation does not fit the block that begins at line 1"),
        ("x: 1\na: [1,\n 2\nb: 3", 2, "not YAML: what is opened here is not closed with ]"),
        ("x: 1\na: {b: 1", 2, "not YAML: what is opened here is not closed with }"),
        ("a: 'x\nb: 2", 1, "not YAML: the quote opened here is not closed"),
        ("a: 1\nb\nc: 2", 2, "not YAML: expected `key: value`"),
        ("a: @x", 1, "not YAML: a value cannot begin with @, put it in quotes"),
        ("a: `x`", 1, "not YAML: a value cannot begin with `, put it in quotes"),
        ("a: b\x07", 1, "not YAML: the character U+0007 is not allowed"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(text: str, line: int, message: str) -> None:
    with pytest.raises(NotYaml) as caught:
        parse_document(text)
    assert (caught.value.span.line, caught.value.message) == (line, message)


def test_a_bomb_is_noticed_where_it_begins_to_grow() -> None:
    with pytest.raises(NotYaml) as caught:  # 9**38 values: expanding them would never end
        parse_document(_laughs(39, 9))
    assert caught.value.span.line == 6


def test_columns_count_characters() -> None:
    parsed = parse_document("é: {ü😀: 1, b: 2}\n")
    assert parsed.root.children["é"].children["b"].value == Span(1, 15, 1)


@pytest.mark.parametrize("name", ["SafeLoader", "CSafeLoader"])
def test_both_parsers_of_pyyaml_give_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = getattr(yaml, name, None)
    if loader is None:
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(document, "_Loader", loader)
    text = "a:\n- b: 'x'\n  c: [1,\n    2]\n- |\n  text\n- &z {d: 1e-3}\n- *z\n"
    parsed = parse_document(text)
    assert parsed.data == {"a": [{"b": "x", "c": [1, 2]}, "text\n", {"d": 0.001}, {"d": 0.001}]}
    items = parsed.root.children["a"].children
    assert [items[i].value for i in range(4)] == [
        Span(2, 3, 6),
        Span(5, 3, 1),
        Span(7, 3, 12),
        Span(8, 3, 2),
    ]
    assert items[0].children["c"].value == Span(3, 6, 3)
    assert items[0].children["c"].key == Span(3, 3, 1)
