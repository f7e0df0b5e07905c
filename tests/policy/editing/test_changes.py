"""One part of a policy changed: every other character stays, and what would be spoilt is refused."""

import difflib
from pathlib import Path

import pytest

from idp.core.errors import ConfigError
from idp.policy.editing.changes import SECTIONS, drop, put
from idp.policy.editing.writing import flow
from tests.policy.kit import entries

SHIPPED = [Path(__file__).parents[3] / "policies" / f"{name}.yaml" for name in ("step-up-only",)]
TEXT = """# head
bundle: mine   # whose
acr:
  urn:idp:acr:1fa: {title: In, needs: [any]}  # the least
  strong:
    title: Strong
    # comment inside
    needs: [{kinds: 2}]
    valid_for: 24h  # a day
rules:
  - id: one        # first
    require: {acr: strong, max_age: 5m}
    reason: a
  - {id: two, deny: b}
tests: []
"""


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_policies_can_be_changed_part_by_part(path: Path) -> None:
    """A part written as it is changes nothing; every part can be changed and taken out, and nothing else is."""
    text = path.read_text()
    for section in SECTIONS:
        found = entries(text, section)
        for name, value in list(found.items())[:: max(1, len(found) - 1)]:
            assert put(text, section, name, value, called=name) == text
            last = list(value)[-1]
            other = put(text, section, name, {**value, last: "another: one"}, called=name)
            assert entries(other, section)[name][last] == "another: one"
            assert name not in entries(drop(text, section, name), section)


def test_only_what_differs_is_rewritten() -> None:
    """A value alone, in its place; its comment stays."""
    part = entries(TEXT, "acr")["strong"]
    assert changed_lines(TEXT, put(TEXT, "acr", "strong", {**part, "valid_for": "12h"}, called="strong")) == [
        "-     valid_for: 24h  # a day",
        "+     valid_for: 12h  # a day",
    ]
    rule = {"id": "one", "require": {"acr": "strong", "forbid": ["sms"]}, "reason": "a"}
    assert changed_lines(TEXT, put(TEXT, "rules", "one", rule, called="one")) == [
        "-     require: {acr: strong, max_age: 5m}",
        "+     require: {acr: strong, forbid: [sms]}",
    ]


def test_keys_come_and_go_with_their_lines() -> None:
    """In block style a line each, in braces a place each; what stands before the first stays."""
    part = {"needs": [{"kinds": 2}], "aliases": ["x y"], "valid_for": "24h"}
    after = put(TEXT, "acr", "strong", part, called="strong")
    assert "  strong:\n    needs: [{kinds: 2}]\n    valid_for: 24h  # a day\n    aliases: [x y]\n" in after
    assert "  - {deny: b, reason: c}\n" in put(TEXT.replace("{id: two, ", "{x: 1, id: two, "), "rules", "two",
                                               {"id": "two", "deny": "b", "reason": "c"},
                                               called="two").replace("id: two, ", "")  # fmt: skip
    rule = {"reason": "a", "id": "one", "deny": "no"}
    assert "  - id: one        # first\n    reason: a\n    deny: no\n" in put(TEXT, "rules", "one", rule, called="one")


def test_parts_are_added_renamed_and_taken_out() -> None:
    """Behind the last in the manner of the section; the first one opens it; a name that is taken is refused."""
    added = put(TEXT, "rules", "three", {"id": "three", "deny": "x"})
    assert "  - {id: two, deny: b}\n  - id: three\n    deny: x\ntests" in added
    named = put(TEXT, "acr", "sterner", entries(TEXT, "acr")["strong"], called="strong")
    assert "  sterner:\n    title: Strong\n    # comment inside\n" in named
    first = put(TEXT, "tests", "a test", {"name": "a test", "expect": {"outcome": "allow"}})
    assert first.endswith("tests:\n  - name: a test\n    expect: {outcome: allow}\n")
    actions = put(TEXT.rstrip("\n"), "actions", "pay", {"title": "Pay"})
    assert actions.endswith("\n\nactions:\n  pay: {title: Pay}\n")
    assert put(actions, "actions", "read", {"title": "Read"}).endswith("  pay: {title: Pay}\n  read: {title: Read}\n")
    assert put(actions.rstrip("\n"), "actions", "pay", {"title": "P", "x": 1}, called="pay").endswith(
        "{title: P, x: 1}"
    )
    assert drop(actions, "actions", "pay").endswith("actions:\n  {}\n")
    assert "rules:\n  - {id: two, deny: b}\n" in drop(TEXT, "rules", "one")
    for call in (
        lambda: put(TEXT, "rules", "two", {"id": "two"}),
        lambda: put(TEXT, "rules", "none", {"id": "none"}, called="none"),
        lambda: drop(TEXT, "rules", "none"),
    ):
        with pytest.raises(ConfigError):
            call()


def test_sections_in_braces_stay_in_braces() -> None:
    """Lists and mappings on one line."""
    text = "bundle: x\nrules: [{id: a, deny: b}, {id: c, deny: d}]\nactions: {p: {title: P}}\n"
    assert "{id: c, deny: d}, {id: e, deny: f}]" in put(text, "rules", "e", {"id": "e", "deny": "f"})
    assert "actions: {p: {title: P}, q: {title: Q}}" in put(text, "actions", "q", {"title": "Q"})
    assert "rules: [{id: c, deny: d}]" in drop(text, "rules", "a")
    assert "rules: [{id: a, deny: b}, {id: c, deny: d, x: true}]" in put(
        text, "rules", "c", {"id": "c", "deny": "d", "x": True}, called="c"
    )


def test_a_text_without_a_last_line_end_is_changed_too() -> None:
    """The new lines begin on a line of their own."""
    text = "bundle: x\nrules:\n  - id: a\n    deny: b"
    assert put(text, "rules", "c", {"id": "c"}).endswith("    deny: b\n  - id: c\n")
    assert put(text, "rules", "a", {"id": "a", "deny": "b", "x": 1}, called="a").endswith("    deny: b\n    x: 1\n")


def test_a_part_that_ends_with_lines_of_text_is_changed_too() -> None:
    """A block scalar ends where the next line begins."""
    text = "bundle: x\nrules:\n  - id: a\n    reason: |\n      long\n"
    assert put(text, "rules", "c", {"id": "c"}).endswith("      long\n  - id: c\n")


def test_what_a_form_would_spoil_is_refused() -> None:
    """Two rules of one name: which is meant, only the text can say. What is no list has no parts."""
    text = "bundle: x\nrules:\n  - {id: a, deny: b}\n  - {id: a, deny: c}\n"
    with pytest.raises(ConfigError, match="use the text"):
        put(text, "rules", "a", {"id": "a", "deny": "d"}, called="a")
    assert entries("bundle: x\nrules: none\n", "rules") == {}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain word", "plain word"), ("5m", "5m"), ("NO", "NO"), ("true", '"true"'), ("1e5", '"1e5"'), ("", '""'),
        ("a: b", '"a: b"'), ("urn:idp:acr:mfa", "urn:idp:acr:mfa"), ("日本", '"日本"'), ("tab\t", '"tab\\t"'),
        ({"a": [1, 1.5, True, None]}, "{a: [1, 1.5, true, null]}"), (("x",), "[x]"),
    ],
)  # fmt: skip
def test_values_are_written_so_that_they_are_read_again(value: object, written: str) -> None:
    """Plain where that is the same, in quotes where not."""
    assert flow(value) == written
