"""Conditions as rows of fact, comparison and value; what is nested deeper is edited as text."""

from collections.abc import Iterator
from typing import Any

from idp.admin.policies.forms.fields import LISTS, Fields, fact_value, listed, rows, shown
from idp.core.errors import ConfigError
from idp.policy.document import parse, plain
from idp.policy.editing.writing import flow

JOINS = ("all", "any", "none")
Row = tuple[str, str, Any]


def fields_of(prefix: str, condition: Any) -> dict[str, str]:
    """Return a condition as fields."""
    found = _rows(condition)
    if found is None:
        return {f"{prefix}_join": "all", f"{prefix}_text": flow(condition)}
    join, tests = found
    fields = {f"{prefix}_join": join, f"{prefix}_text": ""}
    for number, (fact, operator, value) in enumerate(tests):
        fields |= {
            f"{prefix}_fact.{number}": fact,
            f"{prefix}_test.{number}": operator,
            f"{prefix}_value.{number}": shown(value),
        }
    return fields


def read(prefix: str, fields: Fields) -> Any:
    """Return the condition that fields describe; None where they describe none."""
    text = fields.get(f"{prefix}_text", "").strip()
    if text:
        return _parsed(text)
    tests = list(_tests(prefix, fields))
    if not tests:
        return None
    join = fields.get(f"{prefix}_join", "all")
    if join in ("any", "none"):
        return {join: [{fact: {operator: value}} for fact, operator, value in tests]}
    if len({(fact, operator) for fact, operator, _ in tests}) < len(tests):
        return {"all": [{fact: {operator: value}} for fact, operator, value in tests]}
    merged: dict[str, dict[str, Any]] = {}
    for fact, operator, value in tests:
        merged.setdefault(fact, {})[operator] = value
    return merged


def _tests(prefix: str, fields: Fields) -> Iterator[Row]:
    for number in rows(fields, prefix):
        fact = fields.get(f"{prefix}_fact.{number}", "").strip()
        operator = fields.get(f"{prefix}_test.{number}", "eq")
        text = fields.get(f"{prefix}_value.{number}", "")
        if fact:
            values = [fact_value(fact, each) for each in listed(text)] if operator in LISTS else fact_value(fact, text)
            yield fact, operator, values


def _parsed(text: str) -> Any:
    """Return a condition written as text; what is no mapping stays text, for the loader to refuse."""
    try:
        return plain(parse(text, file=""))
    except ConfigError:
        return text


def _rows(condition: Any) -> tuple[str, list[Row]] | None:
    """Return a condition as rows and how they are joined; None where it is nested."""
    if condition is None:
        return "all", []
    if not isinstance(condition, dict):
        return None
    join = next(iter(condition), "all")
    if len(condition) == 1 and join in JOINS and isinstance(condition[join], list):
        parts = [_flat(each) for each in condition[join]]
        tests = [part[0] if part is not None and len(part) == 1 else None for part in parts]
        whole = [test for test in tests if test is not None]
        return (join, whole) if len(whole) == len(tests) else None
    flat = _flat(condition)
    return None if flat is None else ("all", flat)


def _flat(condition: Any) -> list[Row] | None:
    """Return the tests of a mapping from facts to tests; None where it is something else."""
    if not isinstance(condition, dict) or not all(isinstance(tests, dict) for tests in condition.values()):
        return None
    return [(fact, operator, value) for fact, tests in condition.items() for operator, value in tests.items()]
