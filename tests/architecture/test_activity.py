"""Whatever may concern a person is told on their page of activity, in words, or is left out on purpose (E10)."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from idp.account.activity import KINDS, kind_of

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "templates" / "account" / "words.html"
NAME = re.compile(r"[a-z_]+(\.[a-z_]+){1,3}")
WRITERS = frozenset({"Event", "event", "event_of", "event_by", "_event", "_note", "_saved", "_tell", "_told", "told"})
"""How the functions are called that are given the name of an event."""
PARTS = {
    "challenge.{}.{}": ("challenge.approval.approved", "challenge.approval.mismatched"),
    "challenge.{}.sent": ("challenge.sms.sent",),
    "challenge.{}.denied": ("challenge.approval.denied",),
    "factor.{}.enrolled": ("factor.totp.enrolled",),
    "{}.{}.{}": (
        "challenge.temporary_code.passed",
        *(
            f"{verb}.totp.{outcome}"
            for verb, outcome in product(("login", "challenge", "enrol"), ("passed", "failed", "locked"))
        ),
    ),
}
"""What the names that are put together come to."""
LEFT_OUT = {
    r"(login|challenge|enrol)\.\w+\.passed": "the sign-in, the raise or the new method says it",
    r"enrol\.\w+\.failed": "a typing mistake while one sets something up",
    r"challenge\.\w+\.sent": "the message itself is there",
    r"factor\.recovery_code\.acknowledged": "said by the person a moment ago",
    r"grant\.issued|code\.denied|access_token\.\w+|refresh_token\.(denied|revoked)": "between applications and us",
    r"(login|enrol|consent)\.abandoned": "nothing was asked that only somebody who knows a proof comes to",
    r"password\.breach_check\.failed": "of use to whoever runs the service",
    r"recovery\.link\.refused": "anybody may ask, as often as they like",
    r"user\.enrolment\.done": "the new method says it",
    r"user\.(deleted|address_lost)": "nobody is left who could read it",
    r"(client|delivery|key|maintenance|policy|webhook)\..*": "of the service, not of a person",
}
"""What nobody is shown, and why."""


def written(tree: ast.AST) -> Iterator[str]:
    """Yield the names of events that a module writes; parts that are put in are `{}`."""
    for node in ast.walk(tree):
        texts: list[ast.expr] = []
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            named = [each.value for each in node.keywords if each.arg == "name"]
            texts = [*node.args, *named] if called in WRITERS else []
        elif isinstance(node, ast.Assign) and any(getattr(each, "id", "") == "name" for each in node.targets):
            texts = [node.value]
        for text in texts:
            yield from _named(text)


def _named(text: ast.expr) -> Iterator[str]:
    if isinstance(text, ast.IfExp):
        yield from _named(text.body)
        yield from _named(text.orelse)
    elif isinstance(text, ast.Constant) and isinstance(text.value, str):
        yield text.value
    elif isinstance(text, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in text.values)


def names() -> set[str]:
    """Return the names of all events, those that are put together by example."""
    found: set[str] = set()
    for module in sorted((ROOT / "idp").rglob("*.py")):
        source = module.read_text(encoding="utf-8")
        if "records.audit" not in source and "event_" not in source and "staff" not in source:
            continue
        for name in written(ast.parse(source)):
            plain = PARTS.get(name, (name.replace("{}", "x"),))
            found.update(each for each in plain if NAME.fullmatch(each))
    return found


def test_every_event_has_its_words_or_its_reason() -> None:
    """A new event is told, or whoever writes it says why not; no reason stands for nothing."""
    everything = names()
    assert {"session.started", "push.subscription.gone", "enrol.totp.locked", "user.added"} <= everything
    silent = {name for name in everything if kind_of(name) is None}
    unexplained = {name for name in silent if not any(re.fullmatch(pattern, name) for pattern in LEFT_OUT)}
    assert unexplained == set()
    idle = {pattern for pattern in LEFT_OUT if not any(re.fullmatch(pattern, name) for name in silent)}
    assert idle == set()


@pytest.mark.parametrize("kind", sorted({kind for _, kind in KINDS}))
def test_every_kind_is_said(kind: str) -> None:
    """One sentence each; `tests/web/test_catalogues.py` looks that it is there in every language."""
    assert len(re.findall(rf'each\.kind == "{kind}" %}}{{{{ _\("[^"]+"', WORDS.read_text(encoding="utf-8"))) == 1


def test_no_kind_is_shown_that_never_happens() -> None:
    """A pattern that matches nothing any more goes."""
    everything = names()
    assert [pattern.pattern for pattern, _ in KINDS if not any(map(pattern.fullmatch, everything))] == []
