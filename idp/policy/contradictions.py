"""Finding rules that can never match: tests that must all hold and cannot (policy.md §5).

It looks at what must hold together in one condition, and at an `unless` that excuses whatever `if` matches. It never
calls a rule impossible that could match; it does not find every impossible one.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from idp.policy.facts import BANDS
from idp.policy.language import Bundle, Rule
from idp.policy.model import Check


def impossibility(bundle: Bundle, rule: Rule, attainable: Iterable[str]) -> str:
    """Return why a rule can never match, or nothing."""
    conjuncts = rule.condition.conjuncts if rule.condition else ()
    by_fact: dict[str, list[Check]] = defaultdict(list)
    for check in conjuncts:
        by_fact[check.fact].append(check)
    for fact, checks in by_fact.items():
        if _has_no_value(checks) or _has_no_number(checks):
            return f"can never match: no {fact} passes all its tests"
    unreachable = _unreachable(bundle, conjuncts, set(attainable))
    if unreachable:
        return f"can never match: nobody can reach {unreachable}"
    return _always_excused(rule)


def _has_no_value(checks: list[Check]) -> bool:
    """Tell whether the values that tests list one by one have none in common."""
    listed = [_values(check) for check in checks]
    sets = [values for values in listed if values is not None]
    return bool(sets) and not frozenset.intersection(*sets)


def _values(check: Check) -> frozenset[Any] | None:
    match check.operator:
        case "eq":
            return frozenset({check.expected})
        case "in":
            return frozenset(check.expected)
        case "at_least" if check.expected in BANDS:
            return frozenset(BANDS[BANDS.index(check.expected) :])
        case _:
            return None


def _has_no_number(checks: list[Check]) -> bool:
    """Tell whether no number lies within all bounds."""
    lower = max(
        ((_number(check), check.operator == "gt") for check in checks if check.operator in ("gt", "ge")), default=None
    )
    upper = min(
        ((_number(check), check.operator != "lt") for check in checks if check.operator in ("lt", "le")), default=None
    )
    listed = [values for values in map(_values, checks) if values is not None]
    if listed and all(isinstance(value, int | float) for value in listed[0]):
        return not any(_is_within(value, lower, upper) for value in listed[0])
    if lower is None or upper is None:
        return False
    return lower[0] > upper[0] or (lower[0] == upper[0] and (lower[1] or not upper[1]))


def _is_within(value: float, lower: tuple[float, bool] | None, upper: tuple[float, bool] | None) -> bool:
    is_above = lower is None or value > lower[0] or (value == lower[0] and not lower[1])
    is_below = upper is None or value < upper[0] or (value == upper[0] and upper[1])
    return is_above and is_below


def _number(check: Check) -> float:
    expected = check.expected
    return expected.total_seconds() if isinstance(expected, timedelta) else float(expected)


def _unreachable(bundle: Bundle, conjuncts: Iterable[Check], attainable: set[str]) -> str:
    for check in conjuncts:
        if check.fact != "user.reach":
            continue
        wanted = bundle.stronger.get(check.expected, ()) if check.operator == "at_least" else check.expected
        if attainable.isdisjoint(wanted):
            return check.expected if check.operator == "at_least" else ", ".join(check.expected)
    return ""


def _always_excused(rule: Rule) -> str:
    """Tell of an `unless` that holds whenever `if` does."""
    if rule.unless is None or rule.condition is None or rule.unless.checks != rule.unless.conjuncts:
        return ""
    if not set(rule.unless.checks) <= set(rule.condition.conjuncts):
        return ""
    return "can never match: `unless` excuses whatever `if` matches"
