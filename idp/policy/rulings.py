"""Every rule evaluated, with a trace of every test and the value it saw (policy.md §3.1).

There are no priorities, and order never matters. A rule that meets a pending fact waits. An unknown condition matches
or not as the rule says; an `unless` that is unknown does not excuse.
"""

from collections.abc import Iterable

from msgspec import Struct

from idp.core.reasons import Reason
from idp.policy.facts import ADAPTIVE_FAMILIES
from idp.policy.language import FIRST_LEVEL, Rule, Scope, Seen
from idp.policy.levels import join
from idp.policy.model import Mark, Requirement, RuleTrace
from idp.policy.situation import Situation, max_age_asked


class Contribution(Struct, frozen=True, kw_only=True):
    """One part of what is required, and whose it is."""

    name: str
    """Rule or action; empty for what is always demanded and for the relying party's wish."""
    reason: str
    requirement: Requirement
    is_adaptive: bool = False
    """Whether its rule read a risk, travel or device fact."""


class Rulings(Struct, frozen=True):
    """What became of all rules."""

    fired: tuple[Rule, ...]
    trace: tuple[RuleTrace, ...]


def rule_all(situation: Situation, rules: Iterable[Rule] | None = None) -> Rulings:
    """Evaluate every rule of the bundle, or these of them."""
    pending = {name for name, value in situation.values.items() if value is Mark.PENDING}
    fired, trace = [], []
    for rule in situation.bundle.rules if rules is None else rules:
        traced = _rule(situation, rule, is_pending=not rule.facts.isdisjoint(pending))
        trace.append(traced)
        if traced.fired:
            fired.append(rule)
    return Rulings(tuple(fired), tuple(trace))


def contributions(situation: Situation, rulings: Rulings) -> tuple[Contribution, ...]:
    """Return all that policy requires here: the first level, the demand's freshness, named actions, matching rules."""
    demand, actions = situation.facts.demand, situation.bundle.actions
    always = Requirement(acr=(FIRST_LEVEL,), max_age=max_age_asked(situation.facts))
    adaptive = {trace.rule for trace in rulings.trace if trace.fired and _is_adaptive(trace)}
    return (
        Contribution(name="", reason=Reason.SIGN_IN, requirement=always),
        *(
            Contribution(name=name, reason=Reason.ACTION, requirement=actions[name].require)
            for name in dict.fromkeys(demand.actions)
            if name in actions
        ),
        *(
            Contribution(name=rule.id, reason=rule.reason, requirement=rule.require, is_adaptive=rule.id in adaptive)
            for rule in rulings.fired
            if rule.require is not None
        ),
    )


def required_by(situation: Situation, parts: Iterable[Contribution]) -> Requirement:
    """Return the join of these parts."""
    return join(situation.bundle, (part.requirement for part in parts))


def is_risk_based(situation: Situation, parts: tuple[Contribution, ...]) -> bool:
    """Tell whether a rule that read a risk, travel or device fact changed the requirement (RFC 8176 §2, `rba`)."""
    plain = tuple(part for part in parts if not part.is_adaptive)
    return len(plain) < len(parts) and required_by(situation, plain) != required_by(situation, parts)


def _rule(situation: Situation, rule: Rule, *, is_pending: bool) -> RuleTrace:
    """Evaluate one rule; all its tests run, even out of scope or pending, so that the trace is whole."""
    seen: Seen = []
    matched = True if rule.condition is None else rule.condition.evaluate(situation.values, seen)
    excused = False if rule.unless is None else rule.unless.evaluate(situation.values, seen)
    in_scope = _in_scope(situation, rule)
    holds = rule.matches_unknown if matched is None else matched
    fired = in_scope and holds and excused is not True and not is_pending
    return RuleTrace(rule.id, fired, in_scope, is_pending, rule.checks, tuple(seen))


def _in_scope(situation: Situation, rule: Rule) -> bool:
    scope: Scope = rule.scope
    demand = situation.facts.demand
    return (
        (not scope.clients or demand.client_id in scope.clients)
        and (not scope.actions or not scope.actions.isdisjoint(demand.actions))
        and (not scope.scopes or not scope.scopes.isdisjoint(demand.scopes))
        and (not scope.client_tags or _has_tag(situation, rule))
    )


def _has_tag(situation: Situation, rule: Rule) -> bool:
    tags = situation.facts.values.get("client.tags", ())
    if isinstance(tags, tuple | list):
        return any(tag in rule.scope.client_tags for tag in tags)
    return rule.matches_unknown and tags is not Mark.ABSENT


def _is_adaptive(trace: RuleTrace) -> bool:
    """Tell whether a rule read a risk, travel or device fact that was there to be read."""
    return any(
        check.fact.partition(".")[0] in ADAPTIVE_FAMILIES and value is not Mark.ABSENT
        for check, (value, _) in zip(trace.checks, trace.seen, strict=True)
    )
