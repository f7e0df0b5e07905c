"""YAML text into a tree, or ConfigError: never anything else."""

from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from idp.core.errors import ConfigError
from idp.policy import document
from idp.policy.document import parse, plain
from idp.policy.loader import load_text
from tests.policy.kit import TRAITS, a_text

PIECES = st.sampled_from(
    [
        "bundle: a",
        "\n",
        "  ",
        "- ",
        "acr:",
        "{",
        "}",
        "[",
        "]",
        "&a",
        "*a",
        "!!str ",
        "? ",
        ": ",
        "|\n",
        ">",
        "'",
        '"',
        "\\x",
        "%YAML 1.1\n",
        "---\n",
        "...\n",
        "#",
        "\t",
        "\x00",
        "\ufeff",
        "\u2028",
        "\ud800",
        "é",
        "needs: [any]",
        "urn:idp:acr:1fa",
        "0x1f",
        "1e999",
        "~",
        "<<",
    ]
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: NO", "NO"),
        ("a: yes", "yes"),
        ("a: on", "on"),
        ("a: 010", 10),
        ("a: 0x1f", "0x1f"),
        ("a: 12:30", "12:30"),
        ("a: 2026-01-01", "2026-01-01"),
        ("a: true", True),
        ("a: False", False),
        ("a: ~", None),
        ("a: ''", ""),
        ("a: '1'", "1"),
        ("a: 1.5", 1.5),
        ("a: 1e3", 1000.0),
        ("a: -3", -3),
        ("a: 1_000", "1_000"),
        ("a: |\n  1\n", "1\n"),
        ("a: ! 1", "1"),
        ("a:", None),
        ("a: 5%", "5%"),
        ("a: [1, b]", [1, "b"]),
        ("a: {b: c}", {"b": "c"}),
        ("%YAML 1.2\n---\na: 1", 1),
    ],
)
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    """Strings stay strings: NO is Norway."""
    assert plain(parse(text, file="")) == {"a": value}


def test_every_node_knows_where_it_stands() -> None:
    """Lines and columns count from one."""
    key, node = parse("a: 1\nb:\n  - x\n", file="f.yaml").pairs["b"]
    assert (key.line, key.column, node.items[0].line, node.items[0].column, node.file) == (2, 1, 3, 5, "f.yaml")


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("", "empty", 0),
        ("  \n\n", "empty", 0),
        ("# only a comment", "must be a mapping", 0),
        ("\ufeffbundle: a", "byte order mark", 0),
        ("a: '\ud800'", "not valid UTF-8", 0),
        ("just text", "must be a mapping", 0),
        ("[a, b]", "must be a mapping", 0),
        ("a: 1\nb: 2\na: 3", "given twice", 3),
        ("a: &x 1", "anchors", 1),
        ("a: *x", "anchors", 1),
        ("a: !!int '1'", "tags", 1),
        ("a: !own {b: c}", "tags", 1),
        ("a: 1\n---\nb: 2", "only one document", 2),
        ("%YAML 1.1\n---\na: 1", "YAML 1.2", 2),
        ("1: a", "a key must be a string", 1),
        ("[a]: b", "a key must be a string", 1),
        ("a: [1, 2", "", 1),
        ("a: {b: 'c", "", 1),
        ("a:\n\t- b", "", 2),
        ("a: \x00", "not YAML", 0),
        ("a: " + "[" * 50 + "]" * 50, "nested deeper", 1),
        ("a: " + "[" * 5000, "nested deeper", 1),
    ],
)
def test_what_policies_may_not_use_is_refused_with_its_place(text: str, words: str, line: int) -> None:
    """Empty, truncated, marked, aliased, tagged, doubled, deep: each is a problem with its place."""
    with pytest.raises(ConfigError) as caught:
        parse(text, file="p.yaml")
    problem = caught.value.problems[0]
    assert words in problem.text
    assert (problem.file, problem.line) == ("p.yaml", line)


def test_a_text_beyond_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty megabytes cost nothing."""
    monkeypatch.setattr(document, "MAX_CHARACTERS", 10)
    with pytest.raises(ConfigError, match="longer than 10"):
        parse("bundle: acme", file="")


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=25).map("".join)))
@example("%")
@example('a: "\\U00110000"')
@example("a: 9" + "9" * 5000)
def test_any_text_either_loads_or_raises_config_error(text: str) -> None:
    """The loader is total."""
    with suppress(ConfigError):
        load_text(text, traits=TRAITS)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_good_bundle_cut_or_changed_anywhere_loads_or_raises_config_error(data: st.DataObject) -> None:
    """Truncated files and slips of the keyboard."""
    text = a_text("{id: a, if: {user.reach: {at_least: mfa}}, require: {acr: mfa, max_age: 5m}}")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))
    changed = text[:start] + data.draw(st.one_of(PIECES, st.text(max_size=3))) + text[end:]
    with suppress(ConfigError):
        load_text(changed, traits=TRAITS)
