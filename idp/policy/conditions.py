"""Conditions: `all`, `any`, `none` over tests of facts, three-valued, compiled to closures (policy.md §2).

`all`: false beats unknown beats true. `any`: true beats unknown beats false. `none` is the opposite of `any`. A mapping
with several entries is an `all` of them. Every test runs every time, so that the trace is whole.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from idp.policy.document import Node
from idp.policy.facts import REGISTRY, Fact, base_name
from idp.policy.language import Condition, Evaluate, Seen
from idp.policy.model import Check, FactValue, Mark
from idp.policy.operators import Predicate, Vocabulary, read_test
from idp.policy.reading import Reading, suggestion

MAX_NODES = 200
MAX_DEPTH = 10
_WORDS = ("all", "any", "none")


@dataclass(frozen=True, slots=True)
class _Part:
    """A compiled piece and its tests in the order they run."""

    evaluate: Evaluate
    checks: tuple[Check, ...]
    conjuncts: tuple[Check, ...]


def read_condition(reading: Reading, node: Node, key: str, vocabulary: Vocabulary) -> Condition:
    """Return the compiled condition that stands at `node`."""
    reader = _ConditionReader(reading, vocabulary)
    part = reader.read(node, key, depth=1)
    if reader.nodes > MAX_NODES:
        reading.refuse(node, f"has more than {MAX_NODES} nodes", key)
    return Condition(evaluate=part.evaluate, checks=part.checks, conjuncts=part.conjuncts)


class _ConditionReader:
    """Reads one condition and counts its nodes."""

    def __init__(self, reading: Reading, vocabulary: Vocabulary) -> None:
        self.nodes = 0
        self._reading = reading
        self._vocabulary = vocabulary

    def read(self, node: Node, key: str, *, depth: int) -> _Part:
        """Return the piece at `node`: an implicit `all` of its entries."""
        self.nodes += 1
        if depth > MAX_DEPTH:
            self._reading.refuse(node, f"is nested deeper than {MAX_DEPTH}", key)
            return _Part(_any(()), (), ())
        parts = [
            self._combination(name, value, f"{key}.{name}", depth=depth)
            if name in _WORDS
            else self._fact(name, key_node, value, f"{key}.{name}")
            for name, (key_node, value) in self._entries(node, key).items()
        ]
        return _joined("all", parts)

    def _entries(self, node: Node, key: str) -> Mapping[str, tuple[Node, Node]]:
        if node.shape != "mapping" or not node.pairs:
            self._reading.refuse(node, "must be a mapping such as {user.groups: {contains_any: [staff]}}", key)
        return node.pairs

    def _combination(self, name: str, node: Node, key: str, *, depth: int) -> _Part:
        items = self._reading.items(node, key)
        if node.shape == "list" and not items:
            self._reading.refuse(node, "needs at least one entry", key)
        return _joined(name, [self.read(item, key, depth=depth + 1) for item in items])

    def _fact(self, name: str, key_node: Node, node: Node, key: str) -> _Part:
        fact = REGISTRY.get(base_name(name))
        if fact is None or not _has_zone(name):
            hint = suggestion(name, REGISTRY) or "; facts are listed in idp/policy/facts.py"
            self._reading.refuse(key_node, f"unknown fact {name[:80]!r}{hint}", key)
            return _Part(_any(()), (), ())
        tests = self._reading.mapping(node, key)
        if node.shape == "mapping" and not tests:
            self._reading.refuse(node, "needs an operator such as {eq: …}", key)
        return _joined("all", [self._test(fact, name, operator, value, key) for operator, value in tests.items()])

    def _test(self, fact: Fact, name: str, operator: str, node: Node, key: str) -> _Part:
        self.nodes += 1
        expected, predicate = read_test(
            self._reading, node, f"{key}.{operator}", fact=fact, name=operator, vocabulary=self._vocabulary
        )
        check = Check(name, operator, expected)
        return _Part(_test(name, predicate), (check,), (check,))


def _joined(name: str, parts: list[_Part]) -> _Part:
    """Return one piece of several; a single piece under `all` or `any` is itself."""
    if len(parts) == 1 and name != "none":
        return parts[0]
    checks = tuple(check for part in parts for check in part.checks)
    conjuncts = tuple(check for part in parts for check in part.conjuncts) if name == "all" else ()
    return _Part(_COMBINATIONS[name](tuple(part.evaluate for part in parts)), checks, conjuncts)


def _test(name: str, predicate: Predicate) -> Evaluate:
    absent = Mark.ABSENT

    def evaluate(values: Mapping[str, FactValue], seen: Seen) -> bool | None:
        value = values[name]
        result = (False if value is absent else None) if value.__class__ is Mark else predicate(value)
        seen.append((value, result))
        return result

    return evaluate


def _all(parts: tuple[Evaluate, ...]) -> Evaluate:
    def evaluate(values: Mapping[str, FactValue], seen: Seen) -> bool | None:
        results = [part(values, seen) for part in parts]
        return False if False in results else None if None in results else True

    return evaluate


def _any(parts: tuple[Evaluate, ...]) -> Evaluate:
    def evaluate(values: Mapping[str, FactValue], seen: Seen) -> bool | None:
        results = [part(values, seen) for part in parts]
        return True if True in results else None if None in results else False

    return evaluate


def _none(parts: tuple[Evaluate, ...]) -> Evaluate:
    some = _any(parts)

    def evaluate(values: Mapping[str, FactValue], seen: Seen) -> bool | None:
        result = some(values, seen)
        return None if result is None else not result

    return evaluate


_COMBINATIONS: dict[str, Callable[[tuple[Evaluate, ...]], Evaluate]] = {"all": _all, "any": _any, "none": _none}


def _has_zone(name: str) -> bool:
    """Tell whether the time zone behind an `@`, if any, exists."""
    zone = name.partition("@")[2]
    if not zone and "@" not in name:
        return True
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        return False
    return True
