"""What is wrong with a bundle that loads (policy.md §5): errors stop its publication, warnings do not.

Unknown keys, facts and operators, wrong types, ambiguous aliases and an action without `require` do not even load.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from idp.core.errors import Problem
from idp.core.reasons import Reason
from idp.policy.attainable import attainable_levels, is_attainable
from idp.policy.bounds import beyond
from idp.policy.contradictions import impossibility
from idp.policy.known_names import overstatements
from idp.policy.language import Bundle, Rule
from idp.policy.levels import join
from idp.policy.model import Requirement, words
from idp.policy.shipped_actions import SHIPPED, is_loosened
from idp.policy.trial import NOW, TrialResult, run, run_tests, without_rule

_LEAST_SPAN = timedelta(seconds=60)
_OWN_ACTIONS = ("account.", "admin.")
_ENDLESS = "`max_age` of 0s: our own pages look at what was proved before, so people would be asked in a loop"


@dataclass(frozen=True, slots=True)
class Findings:
    """What lint found."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def lint(bundle: Bundle, *, is_typing: bool = False) -> Findings:
    """Return everything that is wrong, and everything that is only odd.

    While it is typed, rules may still lack their test; to look for those takes as many runs as rules times tests.
    """
    results = run_tests(bundle)
    errors = [
        *_levels(bundle),
        *(_problem(bundle, place, text) for place, text in beyond(bundle)),
        *_actions(bundle),
        *_rules(bundle),
        *_enrolment(bundle),
        *_tests(bundle, results),
        *(() if is_typing else _untested(bundle, results)),
    ]
    return Findings(errors=tuple(errors), warnings=tuple(_warnings(bundle)))


def _problem(bundle: Bundle, key: str, text: str) -> Problem:
    place = bundle.places[key]
    return Problem(text, place.file, place.line, place.column, key)


def _levels(bundle: Bundle) -> Iterator[Problem]:
    for level in bundle.levels.values():
        if level.valid_for is not None and level.valid_for < _LEAST_SPAN:
            yield _problem(
                bundle, f"acr.{level.name}", "`valid_for` under 60 s: the level would lapse before it is used"
            )


def _actions(bundle: Bundle) -> Iterator[Problem]:
    for name, action in bundle.actions.items():
        yield from _requirement(bundle, f"actions.{name}", action.require)
        if action.require.max_age == timedelta(0) and name.startswith(_OWN_ACTIONS):
            yield _problem(bundle, f"actions.{name}", _ENDLESS)
        if is_loosened(bundle, name, action):
            least = SHIPPED[name]
            fresh = "" if least.max_age is None else f" within {words(least.max_age)}"
            proof = "two kinds of proof" if least.kinds > 1 else "a proof"
            yield _problem(bundle, f"actions.{name}", f"loosened: our own pages need {proof}{fresh} for it")


def _rules(bundle: Bundle) -> Iterator[Problem]:
    attainable = attainable_levels(bundle, now=NOW)
    for rule in bundle.rules:
        key = f"rules.{rule.id}"
        reason = impossibility(bundle, rule, attainable)
        if reason:
            yield _problem(bundle, key, reason)
        if rule.require is not None:
            yield from _requirement(bundle, key, rule.require)
            yield from _beside_actions(bundle, rule, rule.require)
            if rule.require.max_age == timedelta(0) and any(
                name.startswith(_OWN_ACTIONS) for name in rule.scope.actions
            ):
                yield _problem(bundle, key, _ENDLESS)
        if rule.enrol is not None and rule.enrol.level not in attainable:
            yield _problem(bundle, key, f"nothing can satisfy it: nobody can reach {rule.enrol.level}")


def _requirement(bundle: Bundle, key: str, requirement: Requirement) -> Iterator[Problem]:
    if not is_attainable(bundle, requirement, now=NOW):
        forbidden = f" without {words(tuple(sorted(requirement.forbid)))}" if requirement.forbid else ""
        yield _problem(bundle, key, f"nothing can satisfy it: nobody can reach {words(requirement.acr)}{forbidden}")
    max_age = requirement.max_age
    if max_age is not None and timedelta(0) < max_age < _LEAST_SPAN:
        yield _problem(bundle, key, "`max_age` under 60 s: people would be asked in a loop (0s means prompt=login)")


def _beside_actions(bundle: Bundle, rule: Rule, requirement: Requirement) -> Iterator[Problem]:
    """Tell of a rule that, joined with an action it is scoped to, leaves nothing that could satisfy both."""
    for name in sorted(rule.scope.actions & set(bundle.actions)):
        action = bundle.actions[name].require
        alone = is_attainable(bundle, requirement, now=NOW) and is_attainable(bundle, action, now=NOW)
        if alone and not is_attainable(bundle, join(bundle, (requirement, action)), now=NOW):
            yield _problem(bundle, f"rules.{rule.id}", f"nothing can satisfy it together with the action {name}")


def _enrolment(bundle: Bundle) -> Iterator[Problem]:
    in_flow = bundle.enrolment.in_flow
    for rule in bundle.rules:
        if rule.enrol is None:
            continue
        if in_flow not in bundle.stronger[rule.enrol.level]:
            text = f"nobody is ever asked: {rule.enrol.level} lies above `enrolment.in_flow`"
            yield _problem(bundle, f"rules.{rule.id}", text)
        if rule.enrol.cool_down is not None and rule.enrol.skips == 0:
            text = "`cool_down` without effect: with `skips: 0` it cannot be put off"
            yield _problem(bundle, f"rules.{rule.id}", text)


def _tests(bundle: Bundle, results: tuple[TrialResult, ...]) -> Iterator[Problem]:
    for result in results:
        for difference in result.differences:
            yield _problem(bundle, f"tests.{result.name}", f"the test fails: {difference}")


def _untested(bundle: Bundle, results: tuple[TrialResult, ...]) -> Iterator[Problem]:
    """Tell of rules whose removal no test would notice."""
    passing = [example for example, result in zip(bundle.tests, results, strict=True) if result.is_passed]
    for rule in bundle.rules:
        lacking = without_rule(bundle, rule.id)
        if all(run(lacking, example).is_passed for example in passing):
            yield _problem(
                bundle, f"rules.{rule.id}", "no test flips when this rule is taken away: write one that does"
            )


def _warnings(bundle: Bundle) -> Iterator[Problem]:
    for rule in bundle.rules:
        excuses = {check.fact for check in rule.unless.checks} if rule.unless else set()
        if rule.scope.actions and "device.trusted" in excuses:
            text = "`unless` names device.trusted in a rule for actions: a stolen device would excuse itself"
            yield _problem(bundle, f"rules.{rule.id}", text)
    for level in bundle.levels.values():
        yield from (_problem(bundle, f"acr.{level.name}", text) for text in overstatements(level))
    yield from _left_out(bundle)
    stated = {code for rule in bundle.rules for code in (rule.reason, rule.deny)} | {*Reason}
    for code in bundle.reasons:
        if code not in stated:
            yield _problem(bundle, f"reasons.{code}", "no rule states this reason: nobody will read its sentence")
    for name in SHIPPED:
        if name not in bundle.actions:
            yield Problem(f"the action {name} is not defined: our pages that name it will refuse", key="actions")


def _left_out(bundle: Bundle) -> Iterator[Problem]:
    """Tell of levels that nobody can reach, and so are left out of discovery."""
    attainable = attainable_levels(bundle, now=NOW)
    attestation = bundle.factor_settings.get("passkey", {}).get("attestation")
    for name, level in bundle.levels.items():
        if name in attainable:
            continue
        is_attested = all(alternative.attested for alternative in level.needs)
        why = (
            "`factors.passkey.attestation` is none" if is_attested and attestation == "none" else "no factor reaches it"
        )
        yield _problem(bundle, f"acr.{name}", f"left out of discovery: {why}")
