"""The operators of conditions, by type of fact, compiled to predicates (policy.md §2).

A predicate is called with a value already checked to be of the fact's type, never raises, and costs a bounded time:
globs without backtracking, networks by table. No user functions, no network, no clock.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from idp.policy.document import Node
from idp.policy.facts import BANDS, Fact, FactType
from idp.policy.reading import Reading, suggestion

Predicate = Callable[[Any], bool]
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names a condition may use beside facts: levels with aliases, and for each level all that are as strong."""

    names: Mapping[str, str]
    stronger: Mapping[str, tuple[str, ...]]


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
OPERATORS: dict[FactType, tuple[str, ...]] = {
    FactType.TEXT: ("eq", "in", "matches"),
    FactType.NUMBER: ("eq", "in", "gt", "ge", "lt", "le"),
    FactType.DURATION: ("gt", "ge", "lt", "le"),
    FactType.BOOLEAN: ("eq",),
    FactType.TEXTS: ("contains_any",),
    FactType.ADDRESS: ("eq", "in", "within"),
    FactType.BAND: ("eq", "in", "at_least"),
    FactType.LEVELS: ("at_least", "contains_any"),
}
ALL_OPERATORS = tuple(dict.fromkeys(name for names in OPERATORS.values() for name in names))


def read_test(
    reading: Reading, node: Node, key: str, *, fact: Fact, name: str, vocabulary: Vocabulary
) -> tuple[Any, Predicate]:
    """Return what a test expects, for explanations, and its predicate; mistakes are noted in `reading`."""
    if name not in OPERATORS[fact.type]:
        hint = suggestion(name, OPERATORS[fact.type]) if name not in ALL_OPERATORS else ""
        fitting = ", ".join(OPERATORS[fact.type])
        reading.refuse(
            node, f"operator {name!r} does not fit the {fact.type} {fact.name}{hint} (it takes {fitting})", key
        )
        return None, frozenset().__contains__
    expected = _operands(reading, node, key, fact=fact, name=name, vocabulary=vocabulary)
    return expected, _predicate(expected, fact=fact, name=name, vocabulary=vocabulary)


def _operands(reading: Reading, node: Node, key: str, *, fact: Fact, name: str, vocabulary: Vocabulary) -> Any:
    """Return one operand, or a tuple of them for operators that take several."""
    if name not in ("in", "contains_any", "matches", "within"):
        return _operand(reading, node, key, fact=fact, vocabulary=vocabulary)
    nodes = [node] if node.shape == "scalar" else reading.items(node, key)
    if not nodes:
        reading.refuse(node, "needs at least one entry: it can never match", key)
    if name == "within":
        return reading.networks(Node("list", node.file, node.line, node.column, items=nodes), key)
    return tuple(_operand(reading, item, key, fact=fact, vocabulary=vocabulary) for item in nodes)


def _operand(reading: Reading, node: Node, key: str, *, fact: Fact, vocabulary: Vocabulary) -> Any:
    match fact.type:
        case FactType.NUMBER:
            return _number(reading, node, key)
        case FactType.BOOLEAN:
            return reading.boolean(node, key)
        case FactType.DURATION:
            return reading.duration(node, key)
        case FactType.BAND:
            return reading.choice(node, key, BANDS)
        case FactType.LEVELS:
            return vocabulary.names.get(reading.choice(node, key, vocabulary.names), "")
        case FactType.ADDRESS:
            return _address(reading, node, key)
        case _:
            return reading.text(node, key)


def _number(reading: Reading, node: Node, key: str) -> int | float:
    if isinstance(node.scalar, bool) or not isinstance(node.scalar, int | float):
        reading.refuse(node, "must be a number", key)
        return 0
    return node.scalar


def _address(reading: Reading, node: Node, key: str) -> Address | None:
    text = reading.text(node, key)
    address = address_of(text)
    if address is None:
        reading.refuse(node, f"{text[:80]!r} is not an IP address", key)
    return address


def address_of(text: str) -> Address | None:
    """Return the address a text names, an IPv4-mapped one as IPv4 (RFC 4291 §2.5.5.2), or None."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _predicate(expected: Any, *, fact: Fact, name: str, vocabulary: Vocabulary) -> Predicate:
    match name:
        case "in":
            return frozenset(expected).__contains__
        case "contains_any":
            wanted = frozenset(expected)
            return lambda value: not wanted.isdisjoint(value)
        case "matches":
            return lambda value: any(matches_glob(value, pattern) for pattern in expected)
        case "within":
            return within(expected)
        case "at_least":
            return _at_least(expected, fact, vocabulary)
        case "eq":
            return lambda value: bool(value == expected)
        case _:
            return _comparison(expected, name)


def _comparison(expected: Any, name: str) -> Predicate:
    compare = _COMPARISONS[name]
    limit = expected.total_seconds() if hasattr(expected, "total_seconds") else expected
    return lambda value: compare(value, limit)


def _at_least(expected: str, fact: Fact, vocabulary: Vocabulary) -> Predicate:
    if fact.type is FactType.BAND:
        return frozenset(BANDS[BANDS.index(expected) :] if expected in BANDS else ()).__contains__
    enough = frozenset(vocabulary.stronger.get(expected, ()))
    return lambda value: not enough.isdisjoint(value)


def within(networks: Iterable[str]) -> Predicate:
    """Return a predicate that tells whether an address lies in one of `networks`: one look-up a prefix length."""
    tables: dict[tuple[int, int], set[int]] = {}
    for text in networks:
        network = ip_network(text)
        shift = network.max_prefixlen - network.prefixlen
        tables.setdefault((network.version, shift), set()).add(int(network.network_address) >> shift)
    rows = tuple((version, shift, frozenset(heads)) for (version, shift), heads in tables.items())

    def is_within(address: Address) -> bool:
        number, version = int(address), address.version
        return any(version == own and number >> shift in heads for own, shift, heads in rows)

    return is_within


def matches_glob(text: str, pattern: str) -> bool:
    """Tell whether `text` matches a glob of `*` and `?`; bounded by the product of their lengths."""
    at, position, star, resume = 0, 0, -1, 0
    while at < len(text):
        if position < len(pattern) and pattern[position] == "*":
            star, resume = position, at
            position += 1
        elif position < len(pattern) and pattern[position] in ("?", text[at]):
            at, position = at + 1, position + 1
        elif star >= 0:
            resume += 1
            at, position = resume, star + 1
        else:
            return False
    return all(character == "*" for character in pattern[position:])
