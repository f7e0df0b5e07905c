"""Levels, actions and rules as forms: what a part shows in which field, and what a form means as a part."""

from typing import Any

from idp.admin.policies.forms import conditions
from idp.admin.policies.forms.fields import (
    ON,
    Fields,
    Part,
    filled,
    listed,
    one_or_more,
    rows,
    shown,
    ticked,
    ticks,
    whole,
)

OUTCOMES = ("require", "deny", "enrol")
COUNTS = ("kinds", "proofs", "channels")
FLAGS = ("phishing_resistant", "device_bound", "attested")
_SCOPES = ("clients", "client_tags", "actions", "scopes")


def level_fields(name: str, part: Part) -> dict[str, str]:
    """Return a level as fields: an alternative a row."""
    fields = {
        "name": name,
        "title": shown(part.get("title")),
        "aliases": shown(part.get("aliases")),
        "valid_for": shown(part.get("valid_for")),
    }
    needs = part.get("needs")
    for number, each in enumerate(needs if isinstance(needs, list) else []):
        asks = each if isinstance(each, dict) else {}
        fields[f"need_any.{number}"] = "" if asks else ON
        fields |= {f"need_{column}.{number}": shown(asks.get(column)) for column in COUNTS}
        fields |= {f"need_{flag}.{number}": ON if asks.get(flag) is True else "" for flag in FLAGS}
    return fields


def read_level(fields: Fields) -> Part:
    """Return the level that fields describe."""
    needs: list[Any] = []
    for number in rows(fields, "need"):
        asks = filled({column: whole(fields.get(f"need_{column}.{number}", "")) for column in COUNTS})
        asks |= {flag: True for flag in FLAGS if fields.get(f"need_{flag}.{number}")}
        if asks:
            needs.append(asks)
        elif fields.get(f"need_any.{number}"):
            needs.append("any")
    return {
        "title": fields.get("title", "").strip(),
        **filled({"aliases": listed(fields.get("aliases", ""))}),
        "needs": needs,
        **filled({"valid_for": fields.get("valid_for", "").strip()}),
    }


def action_fields(name: str, part: Part) -> dict[str, str]:
    """Return an action as fields."""
    return {"name": name, "title": shown(part.get("title")), **_requirement_fields(part.get("require"))}


def read_action(fields: Fields) -> Part:
    """Return the action that fields describe."""
    return {"title": fields.get("title", "").strip(), "require": _requirement(fields)}


def rule_fields(name: str, part: Part) -> dict[str, str]:
    """Return a rule as fields."""
    scope, enrol = (value if isinstance(value, dict) else {} for value in (part.get("scope"), part.get("enrol")))
    return {
        "name": name,
        "reason": shown(part.get("reason")),
        "on_unknown": shown(part.get("on_unknown")),
        "outcome": next((outcome for outcome in OUTCOMES if outcome in part), OUTCOMES[0]),
        **{each: shown(scope.get(each)) for each in _SCOPES},
        **conditions.fields_of("if", part.get("if")),
        **conditions.fields_of("unless", part.get("unless")),
        **_requirement_fields(part.get("require")),
        "deny": shown(part.get("deny")),
        "enrol_level": shown(enrol.get("level")),
        "enrol_skips": shown(enrol.get("skips")),
        "enrol_within": shown(enrol.get("within")),
        "enrol_cool_down": shown(enrol.get("cool_down")),
    }


def read_rule(fields: Fields) -> Part:
    """Return the rule that fields describe: exactly one outcome, whatever the fields of the others hold."""
    scope = filled({each: listed(fields.get(each, "")) for each in _SCOPES})
    head = {"id": fields.get("name", "").strip(), "scope": scope}
    tests = {each: conditions.read(each, fields) for each in ("if", "unless")}
    foot = {"reason": fields.get("reason", "").strip(), "on_unknown": fields.get("on_unknown", "")}
    return {**filled({**head, **tests}), **_outcome(fields), **filled(foot)}


def _outcome(fields: Fields) -> Part:
    match fields.get("outcome"):
        case "deny":
            return {"deny": fields.get("deny", "").strip()}
        case "enrol":
            order = {
                "level": fields.get("enrol_level", ""),
                "skips": whole(fields.get("enrol_skips", "")),
                "within": fields.get("enrol_within", "").strip(),
                "cool_down": fields.get("enrol_cool_down", "").strip(),
            }
            return {"enrol": filled(order)}
        case _:
            return {"require": _requirement(fields)}


def _requirement_fields(require: Any) -> dict[str, str]:
    asked = require if isinstance(require, dict) else {}
    return {
        **ticks("acr", asked.get("acr")),
        "max_age": shown(asked.get("max_age")),
        **ticks("forbid", asked.get("forbid")),
    }


def _requirement(fields: Fields) -> Part:
    levels = ticked(fields, "acr")
    asked = {"max_age": fields.get("max_age", "").strip(), "forbid": ticked(fields, "forbid")}
    return filled({"acr": one_or_more(levels) if levels else "", **asked})
