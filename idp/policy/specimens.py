"""A test for a rule, written by looking for a situation that the rule decides (policy.md §5).

Values are drawn from what the rule compares with; enrolment and proofs are tried from the usual to the rare. The first
situation that comes out otherwise once the rule is taken away becomes the test, with what is decided there now.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import chain, product
from typing import Any

from idp.policy.engine import decide
from idp.policy.examples import Given, GivenCredential, GivenProof
from idp.policy.facts import REGISTRY, FactType, Origin, base_name
from idp.policy.language import Bundle, Rule
from idp.policy.model import Check, Decision, FactValue, Outcome, span
from idp.policy.trial import NOW, situation_given, without_rule

_AGES = (timedelta(minutes=1), timedelta(hours=1))
_STEP = 1


def specimen(bundle: Bundle, rule_id: str) -> dict[str, Any] | None:
    """Return a test as policies write it, which fails without the rule; None where none is found."""
    rule = next(each for each in bundle.rules if each.id == rule_id)
    lacking = without_rule(bundle, rule_id)
    for given in _situations(bundle, rule):
        decision, other = (decide(each, *situation_given(each, given), now=NOW) for each in (bundle, lacking))
        if _expected(decision) != _expected(other):
            return {"name": _name(bundle, rule), "given": _given(given), "expect": _expected(decision)}
    return None


def _situations(bundle: Bundle, rule: Rule) -> Iterator[Given]:
    scope = rule.scope
    factors = [name for name in bundle.order if name not in bundle.first[:1]]
    alone = bundle.first[:1]
    held = [(*alone, factor) for factor in factors]
    client = min(scope.clients, default="client")
    actions = (min(scope.actions),) if scope.actions else ()
    tags: dict[str, FactValue] = {"client.tags": (min(scope.client_tags),)} if scope.client_tags else {}
    shown = [*(tuple(GivenProof(factor=name, age=age) for name in alone) for age in _AGES)]
    for facts, enrolled, evidence in product(_facts(bundle, rule), [*held, alone], shown):
        yield Given(
            client=client,
            actions=actions,
            enrolled=tuple(GivenCredential(factor=name) for name in enrolled),
            evidence=evidence,
            facts={**tags, **facts},
        )
    for facts, enrolled in product(_facts(bundle, rule), held):
        proofs = tuple(GivenProof(factor=name, age=_AGES[-1]) for name in enrolled)
        everything = tuple(GivenCredential(factor=name) for name in enrolled)
        yield Given(client=client, actions=actions, enrolled=everything, evidence=proofs, facts={**tags, **facts})


def _facts(bundle: Bundle, rule: Rule) -> Iterator[Mapping[str, FactValue]]:
    """Yield facts under which the condition may hold: what must hold together, and then one alternative at a time."""
    if rule.condition is None:
        yield {}
        return
    together = _drawn(bundle, rule.condition.conjuncts)
    yield together
    for check in rule.condition.checks:
        yield {**together, **_drawn(bundle, (check,))}


def _drawn(bundle: Bundle, checks: tuple[Check, ...]) -> dict[str, FactValue]:
    return dict(chain.from_iterable(_value(bundle, check) for check in checks))


def _value(bundle: Bundle, check: Check) -> Iterator[tuple[str, FactValue]]:
    """Yield a fact with a value that this test of it likes; nothing for what is computed."""
    fact = REGISTRY[base_name(check.fact)]
    first = check.expected[0] if isinstance(check.expected, tuple) else check.expected
    if fact.name == "net.zone":
        yield from (("net.ip", network.partition("/")[0]) for network in bundle.zones.get(str(first), ())[:1])
    if fact.origin is Origin.COMPUTED:
        return
    if fact.type in (FactType.NUMBER, FactType.DURATION):
        number = first.total_seconds() if isinstance(first, timedelta) else first
        yield fact.name, number + {"gt": _STEP, "lt": -_STEP}.get(check.operator, 0)
    elif fact.type is FactType.TEXTS:
        yield fact.name, (str(first),)
    elif fact.type is FactType.BOOLEAN:
        yield fact.name, first
    else:
        yield fact.name, str(first).partition("/")[0].replace("*", "").replace("?", "a")


def _name(bundle: Bundle, rule: Rule) -> str:
    """Return a name that no test has."""
    name = f"{rule.id} takes effect"
    taken = {example.name for example in bundle.tests}
    return next(each for each in chain([name], (f"{name} ({n})" for n in range(2, 1000))) if each not in taken)


def _given(given: Given) -> dict[str, Any]:
    written: dict[str, Any] = {"client": given.client}
    if given.actions:
        written["action"] = given.actions[0]
    written["enrolled"] = [each.factor for each in given.enrolled or ()]
    written["evidence"] = [{"factor": each.factor, "age": span(each.age)} for each in given.evidence]
    if given.facts:
        written["facts"] = {name: _written(name, value) for name, value in given.facts.items()}
    return written


def _written(name: str, value: FactValue) -> Any:
    if REGISTRY[name].type is FactType.DURATION and isinstance(value, int | float):
        return span(timedelta(seconds=value))
    return list(value) if isinstance(value, tuple) else value


def _expected(decision: Decision) -> dict[str, Any]:
    required = decision.required
    expected: dict[str, Any] = {"outcome": decision.outcome.value}
    if decision.outcome is Outcome.DENY:
        return {**expected, "reason": decision.reason}
    expected["acr"] = required.acr[0] if len(required.acr) == 1 else list(required.acr)
    if required.max_age is not None:
        expected["max_age"] = span(required.max_age)
    if decision.options:
        expected["options"] = [list(option) for option in decision.options]
    return {**expected, "because": list(decision.because)}
