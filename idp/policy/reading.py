"""Typed reading of a document tree: every mistake is collected with file, line, column and key, none stops the reading.

Knows shapes and units (durations, shares, networks), not what a policy means. A reader that meets a mistake notes it
and returns something of the right type, so that one pass reports all mistakes.
"""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from ipaddress import ip_network
from typing import TypeVar

from idp.core.errors import Problem
from idp.policy.document import Node

T = TypeVar("T")
MAX_ENTRIES = 1000
"""Entries a list may have (policy.md §2)."""
MAX_SECONDS = 100 * 365 * 86400
"""The longest span: a century."""
_DURATION = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,199}")


class Reading:
    """One pass over one document."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def refuse(self, node: Node, text: str, key: str = "") -> None:
        """Note one mistake."""
        self.problems.append(Problem(text, node.file, node.line, node.column, key))

    def mapping(
        self, node: Node, key: str, known: Collection[str] | None = None, required: Iterable[str] = ()
    ) -> Mapping[str, Node]:
        """Return the values by key; unknown keys are mistakes when the `known` ones are given."""
        if node.shape != "mapping":
            self.refuse(node, "must be a mapping", key)
            return {}
        for name, (key_node, _) in node.pairs.items():
            if known is not None and name not in known:
                self.refuse(key_node, f"unknown key {name!r}{suggestion(name, known)}", key)
        for name in required:
            if name not in node.pairs:
                self.refuse(node, f"the key {name!r} is missing", key)
        return {name: value for name, (_, value) in node.pairs.items() if known is None or name in known}

    def items(self, node: Node, key: str, limit: int = MAX_ENTRIES) -> list[Node]:
        """Return the entries of a list."""
        if node.shape != "list":
            self.refuse(node, "must be a list", key)
            return []
        if len(node.items) > limit:
            self.refuse(node, f"has more than {limit} entries", key)
        return node.items[:limit]

    def text(self, node: Node, key: str) -> str:
        """Return a string; a number or a boolean must be quoted to be one."""
        if isinstance(node.scalar, str):
            return node.scalar
        self.refuse(
            node, "must be a string (write it in quotes)" if node.shape == "scalar" else "must be a string", key
        )
        return ""

    def name(self, node: Node, key: str) -> str:
        """Return a string that may serve as a name: no space, printable, not empty."""
        text = self.text(node, key)
        if node.scalar == "":
            self.refuse(node, "must not be empty", key)
        elif text and not _NAME.fullmatch(text):
            self.refuse(node, f"{text[:80]!r} may hold only letters, digits and _ . : / -", key)
        return text

    def texts(self, node: Node, key: str) -> tuple[str, ...]:
        """Return a list of strings; a single string is a list of one."""
        if node.shape == "scalar":
            return (self.text(node, key),)
        return tuple(self.text(item, key) for item in self.items(node, key))

    def choice(self, node: Node, key: str, known: Collection[str]) -> str:
        """Return one of the `known` strings."""
        text = self.text(node, key)
        if isinstance(node.scalar, str) and text not in known:
            self.refuse(node, f"unknown {text[:80]!r}{suggestion(text, known)}", key)
        return text

    def choices(self, node: Node, key: str, known: Collection[str]) -> tuple[str, ...]:
        """Return a list of `known` strings, none twice; a single string is a list of one."""
        nodes = [node] if node.shape == "scalar" else self.items(node, key)
        chosen = [self.choice(item, key, known) for item in nodes]
        for position, item in enumerate(nodes):
            if chosen[position] in chosen[:position]:
                self.refuse(item, f"{chosen[position]!r} is listed twice", key)
        return tuple(dict.fromkeys(name for name in chosen if name in known))

    def integer(self, node: Node, key: str, least: int = 0) -> int:
        """Return a whole number of at least `least`."""
        value = node.scalar
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.refuse(node, f"must be a whole number of at least {least}", key)
            return least
        return value

    def boolean(self, node: Node, key: str) -> bool:
        """Return true or false."""
        if not isinstance(node.scalar, bool):
            self.refuse(node, "must be true or false", key)
        return node.scalar is True

    def duration(self, node: Node, key: str) -> timedelta:
        """Return a span of time such as `30s`, `5m`, `24h`, `7d`."""
        span = duration_of(node.scalar)
        if span is None:
            self.refuse(node, "must be a duration such as 30s, 5m, 24h or 7d", key)
        return span or timedelta(0)

    def share(self, node: Node, key: str) -> float:
        """Return a percentage as a number from 0 to 1."""
        match = _SHARE.fullmatch(node.scalar) if isinstance(node.scalar, str) else None
        if match is None or float(match[1]) > 100:
            self.refuse(node, "must be a percentage such as 5% or 0.5%", key)
            return 0.0
        return float(match[1]) / 100

    def networks(self, node: Node, key: str) -> tuple[str, ...]:
        """Return networks in CIDR form, host bits clear."""
        return tuple(text for item in self.items(node, key) if (text := self._network(item, key)))

    def each(self, node: Node, key: str, read: Callable[[Node, str], T]) -> dict[str, T]:
        """Return the entries of a mapping with free keys, each read by `read`."""
        return {name: read(value, f"{key}.{name}") for name, value in self.mapping(node, key).items()}

    def _network(self, node: Node, key: str) -> str:
        text = self.text(node, key)
        try:
            ip_network(text or "0.0.0.0/0")
        except ValueError:
            self.refuse(node, "must be a network such as 192.0.2.0/24 or 2001:db8::/32, with no host bits set", key)
            return ""
        return text


def duration_of(value: object) -> timedelta | None:
    """Return the span that a text such as `5m` names, or None."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    seconds = int(match[1]) * _UNITS[match[2]] if match else None
    return timedelta(seconds=seconds) if seconds is not None and seconds <= MAX_SECONDS else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return words that name what was probably meant, or nothing."""
    close = difflib.get_close_matches(name[:80], list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""
