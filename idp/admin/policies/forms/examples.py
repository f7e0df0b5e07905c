"""Tests as forms: what is given, what is expected; what is left empty is not compared."""

from typing import Any

from idp.admin.policies.forms.fields import (
    ON,
    Fields,
    Part,
    fact_value,
    filled,
    listed,
    one_or_more,
    rows,
    shown,
)
from idp.policy.facts import REGISTRY, FactType

OUTCOMES = ("allow", "challenge", "enrol", "deny")
_LISTS = ("acr_values", "acr", "prompt")
_ONES = ("client", "user", "max_age")
_NOTHING = "none"
"""In a field: nothing, and that is compared."""


def fields_of(name: str, part: Part) -> dict[str, str]:
    """Return a test as fields."""
    given, expect = (value if isinstance(value, dict) else {} for value in (part.get("given"), part.get("expect")))
    fields = {"name": name, "action": shown(given.get("action"))}
    fields |= {f"given_{each}": shown(given.get(each)) for each in (*_LISTS, *_ONES)}
    fields["given_enrolled"] = "" if "enrolled" not in given else _NOTHING if not given["enrolled"] else ON
    for number, each in enumerate(_items(given.get("enrolled"))):
        fields |= _credential_fields(number, each)
    for number, each in enumerate(_items(given.get("evidence"))):
        fields |= _proof_fields(number, each)
    facts = given.get("facts")
    for number, (fact, value) in enumerate(facts.items() if isinstance(facts, dict) else ()):
        fields |= {f"fact_name.{number}": fact, f"fact_value.{number}": shown(value)}
    return fields | _expect_fields(expect)


def read(fields: Fields) -> Part:
    """Return the test that fields describe."""
    given: Part = {
        "client": fields.get("given_client", "").strip(),
        "action": one_or_more(listed(fields.get("action", ""))),
    }
    given |= {each: one_or_more(listed(fields.get(f"given_{each}", ""))) for each in _LISTS}
    given |= {each: fields.get(f"given_{each}", "").strip() for each in ("user", "max_age")}
    given = filled(given)
    enrolled = [each for number in rows(fields, "enrolled") if (each := _credential(fields, number))]
    if enrolled or fields.get("given_enrolled") == _NOTHING:
        given["enrolled"] = enrolled
    given |= filled(
        {
            "evidence": [each for number in rows(fields, "proof") if (each := _proof(fields, number))],
            "facts": dict(_facts(fields)),
        }
    )
    return {"name": fields.get("name", "").strip(), "given": given, "expect": _expect(fields)}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _credential_fields(number: int, each: Any) -> dict[str, str]:
    held = each if isinstance(each, dict) else {"factor": each}
    return {
        f"enrolled_factor.{number}": shown(held.get("factor")),
        f"enrolled_age.{number}": shown(held.get("age")),
        f"enrolled_properties.{number}": shown(held.get("properties")),
        f"enrolled_away.{number}": ON if held.get("available") is False else "",
    }


def _credential(fields: Fields, number: str) -> Any:
    factor = fields.get(f"enrolled_factor.{number}", "").strip()
    more = {
        "properties": listed(fields.get(f"enrolled_properties.{number}", "")),
        "age": fields.get(f"enrolled_age.{number}", "").strip(),
    }
    held = {"factor": factor, **filled(more), **({"available": False} if fields.get(f"enrolled_away.{number}") else {})}
    return factor if len(held) == 1 else held if factor else ""


def _proof_fields(number: int, each: Any) -> dict[str, str]:
    proof = each if isinstance(each, dict) else {}
    return {
        f"proof_factor.{number}": shown(proof.get("factor")),
        f"proof_age.{number}": shown(proof.get("age")),
        f"proof_properties.{number}": shown(proof.get("properties")),
        f"proof_here.{number}": ON if proof.get("here") is True else "",
    }


def _proof(fields: Fields, number: str) -> Part:
    factor = fields.get(f"proof_factor.{number}", "").strip()
    more = {
        "age": fields.get(f"proof_age.{number}", "").strip(),
        "properties": listed(fields.get(f"proof_properties.{number}", "")),
        "here": True if fields.get(f"proof_here.{number}") else "",
    }
    return {"factor": factor, **filled(more)} if factor else {}


def _facts(fields: Fields) -> list[tuple[str, Any]]:
    found = []
    for number in rows(fields, "fact"):
        name, text = fields.get(f"fact_name.{number}", "").strip(), fields.get(f"fact_value.{number}", "")
        fact = REGISTRY.get(name)
        is_list = fact is not None and fact.type is FactType.TEXTS and text.strip() not in ("unknown", "absent")
        if name:
            found.append((name, listed(text) if is_list else fact_value(name, text)))
    return found


def _expect_fields(expect: Part) -> dict[str, str]:
    options = expect.get("options")
    lines = [" + ".join(map(str, each)) if isinstance(each, list) else shown(each) for each in _items(options)]
    return {
        "expect_outcome": shown(expect.get("outcome")),
        "expect_acr": shown(expect.get("acr")),
        "expect_max_age": shown(expect.get("max_age")),
        "expect_options": _NOTHING if options == [] else "\n".join(lines),
        "expect_because": _NOTHING if expect.get("because") == [] else shown(expect.get("because")),
        "expect_reason": shown(expect.get("reason")),
    }


def _expect(fields: Fields) -> Part:
    expect = filled(
        {
            "outcome": fields.get("expect_outcome", ""),
            "acr": one_or_more(listed(fields.get("expect_acr", ""))),
            "max_age": fields.get("expect_max_age", "").strip(),
        }
    )
    lines = [line for line in fields.get("expect_options", "").splitlines() if line.strip()]
    because = listed(fields.get("expect_because", ""))
    if lines:
        expect["options"] = [] if lines == [_NOTHING] else [listed(line.replace("+", " ")) for line in lines]
    if because:
        expect["because"] = [] if because == [_NOTHING] else because
    return expect | filled({"reason": fields.get("expect_reason", "").strip()})
