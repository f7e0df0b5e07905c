"""One change: where it is, which way it goes, and the sentence that says it.

A sentence is an English text with names for what is put in, as catalogues have it; what is put in is names, numbers and
spans of time, never words of a language.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from idp.policy.model import words


class Direction(StrEnum):
    """What a change does to those whom the policy is about."""

    STRICTER = "stricter"
    LOOSER = "looser"
    CHANGED = "changed"
    """Neither in every case, or not for the policy to say."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text of the catalogue and what is put into it."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values


@dataclass(frozen=True, slots=True)
class Difference:
    """One change."""

    key: str
    """Where it is, dotted as in `Bundle.places`."""
    direction: Direction
    sentence: Sentence


def sentence(text: str, **values: object) -> Sentence:
    """Return a sentence; `_("…")` is this under the name by which catalogues are collected."""
    return Sentence(text, {name: words(value) for name, value in values.items()})


def listed(names: Iterable[str]) -> tuple[str, ...]:
    """Return names in the order in which sentences list them."""
    return tuple(sorted(names))


def flow(value: Any) -> str:
    """Return part of a document on one line, as policies write it."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(flow(item) for item in value) + "]"
        case _:
            return words(value)
