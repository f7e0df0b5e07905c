"""Reading rules and actions: what is required, where, and unless what (policy.md §1, §3.1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.policy.conditions import read_condition
from idp.policy.document import Node
from idp.policy.language import Action, EnrolOrder, Rule, Scope
from idp.policy.model import Requirement
from idp.policy.operators import Vocabulary
from idp.policy.reading import Reading

MAX_RULES = 200
_RULE = ("id", "scope", "if", "unless", "require", "deny", "enrol", "reason", "on_unknown")
_OUTCOMES = ("require", "deny", "enrol")


@dataclass(frozen=True, slots=True)
class RuleContext:
    """The names rules may use."""

    vocabulary: Vocabulary
    order: tuple[str, ...]
    actions: frozenset[str]


def read_actions(reading: Reading, node: Node | None, context: RuleContext) -> dict[str, Action]:
    """Return the named actions; each must say what it requires."""
    return (
        {} if node is None else reading.each(node, "actions", lambda value, key: _action(reading, value, key, context))
    )


def _action(reading: Reading, node: Node, key: str, context: RuleContext) -> Action:
    entries = reading.mapping(node, key, ("title", "require"), required=("title", "require"))
    require = (
        _requirement(reading, entries["require"], f"{key}.require", context)
        if "require" in entries
        else Requirement(acr=())
    )
    return Action(title=reading.text(entries["title"], f"{key}.title") if "title" in entries else "", require=require)


def read_rules(reading: Reading, node: Node | None, context: RuleContext) -> tuple[Rule, ...]:
    """Return the rules; no two share an id."""
    if node is None:
        return ()
    rules: list[Rule] = []
    for item in reading.items(node, "rules", MAX_RULES):
        rule = _rule(reading, item, context)
        if any(rule.id == other.id for other in rules):
            reading.refuse(item, f"the rule {rule.id!r} is given twice", "rules")
        rules.append(rule)
    return tuple(rules)


def _rule(reading: Reading, node: Node, context: RuleContext) -> Rule:
    entries = reading.mapping(node, "rules", _RULE, required=("id",))
    name = reading.name(entries["id"], "rules.id") if "id" in entries else ""
    key = f"rules.{name}"
    if sum(outcome in entries for outcome in _OUTCOMES) != 1:
        reading.refuse(node, "must have exactly one of require, deny and enrol", key)
    condition = read_condition(reading, entries["if"], f"{key}.if", context.vocabulary) if "if" in entries else None
    unless = (
        read_condition(reading, entries["unless"], f"{key}.unless", context.vocabulary) if "unless" in entries else None
    )
    checks = (condition.checks if condition else ()) + (unless.checks if unless else ())
    return Rule(
        id=name,
        scope=_scope(reading, entries["scope"], f"{key}.scope", context) if "scope" in entries else Scope(),
        condition=condition,
        unless=unless,
        matches_unknown=_matches_unknown(reading, entries, key),
        reason=reading.name(entries["reason"], f"{key}.reason") if "reason" in entries else name.replace("-", "_"),
        require=_requirement(reading, entries["require"], f"{key}.require", context) if "require" in entries else None,
        deny=reading.name(entries["deny"], f"{key}.deny") if "deny" in entries else "",
        enrol=_enrol(reading, entries["enrol"], f"{key}.enrol", context) if "enrol" in entries else None,
        facts=frozenset(check.fact for check in checks),
        checks=checks,
    )


def _matches_unknown(reading: Reading, entries: Mapping[str, Node], key: str) -> bool:
    """Tell whether an unknown condition matches: by default what is unknown is asked for, never denied."""
    if "on_unknown" not in entries:
        return "deny" not in entries
    return reading.choice(entries["on_unknown"], f"{key}.on_unknown", ("match", "skip")) == "match"


def _scope(reading: Reading, node: Node, key: str, context: RuleContext) -> Scope:
    entries = reading.mapping(node, key, ("clients", "client_tags", "actions", "scopes"))
    for name, value in entries.items():
        if value.shape == "list" and not value.items:
            reading.refuse(value, "needs at least one entry: the rule can never match", f"{key}.{name}")
    parts = {
        name: frozenset(reading.texts(value, f"{key}.{name}")) for name, value in entries.items() if name != "actions"
    }
    if "actions" in entries:
        parts["actions"] = frozenset(reading.choices(entries["actions"], f"{key}.actions", context.actions))
    return Scope(**parts)


def _requirement(reading: Reading, node: Node, key: str, context: RuleContext) -> Requirement:
    entries = reading.mapping(node, key, ("acr", "max_age", "forbid"))
    if node.shape == "mapping" and not entries:
        reading.refuse(node, "requires nothing", key)
    acr = reading.choices(entries["acr"], f"{key}.acr", context.vocabulary.names) if "acr" in entries else ()
    return Requirement(
        acr=tuple(dict.fromkeys(context.vocabulary.names[name] for name in acr)),
        max_age=reading.duration(entries["max_age"], f"{key}.max_age") if "max_age" in entries else None,
        forbid=frozenset(
            reading.choices(entries["forbid"], f"{key}.forbid", context.order) if "forbid" in entries else ()
        ),
    )


def _enrol(reading: Reading, node: Node, key: str, context: RuleContext) -> EnrolOrder:
    entries = reading.mapping(node, key, ("level", "skips", "within", "cool_down"), required=("level",))
    level = reading.choice(entries["level"], f"{key}.level", context.vocabulary.names) if "level" in entries else ""
    spans = {
        name: reading.duration(entries[name], f"{key}.{name}") for name in ("within", "cool_down") if name in entries
    }
    # What only suggests may be put off without end.
    skips = None if "cool_down" in entries else 0
    return EnrolOrder(
        level=context.vocabulary.names.get(level, ""),
        skips=reading.integer(entries["skips"], f"{key}.skips") if "skips" in entries else skips,
        **spans,
    )
