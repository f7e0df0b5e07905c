"""Running the tests a bundle carries: each situation is built, decided and compared (policy.md §1).

What a test does not name is not compared. Rules and members of an option are compared as sets, as their order never
matters; the order of options does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from idp.core.assurance import Evidence, Property
from idp.policy.attainable import best_properties
from idp.policy.engine import decide
from idp.policy.examples import Example, Expected, Given, GivenCredential, GivenProof
from idp.policy.language import Bundle
from idp.policy.model import Decision, Demand, Enrolled, Facts, words

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
"""A Monday noon: tests of policies know no other time."""
_LONG_AGO = timedelta(days=365)
_PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """How one test went: each difference in words; none means it passed."""

    name: str
    differences: tuple[str, ...]
    decision: Decision

    @property
    def is_passed(self) -> bool:
        """Tell whether everything was as expected."""
        return not self.differences


def run_tests(bundle: Bundle) -> tuple[TrialResult, ...]:
    """Run all tests of a bundle."""
    return tuple(run(bundle, example) for example in bundle.tests)


def run(bundle: Bundle, example: Example) -> TrialResult:
    """Run one test."""
    decision = decide(bundle, *situation_given(bundle, example.given), now=NOW)
    differences = tuple(_differences(example.expect, decision))
    return TrialResult(name=example.name, differences=differences, decision=decision)


def without_rule(bundle: Bundle, rule_id: str) -> Bundle:
    """Return the bundle as if one rule had not been written."""
    return replace(bundle, rules=tuple(rule for rule in bundle.rules if rule.id != rule_id))


def situation_given(bundle: Bundle, given: Given) -> tuple[Facts, tuple[Evidence, ...], tuple[Enrolled, ...]]:
    """Return facts, evidence and enrolment of a test; whoever has something enrolled or proved is known."""
    listed = given.enrolled
    if listed is None:
        listed = tuple(GivenCredential(factor=name) for name in dict.fromkeys(each.factor for each in given.evidence))
    is_known = bool(given.user or given.evidence or given.enrolled is not None)
    person = given.user or _PERSON
    facts = Facts(
        demand=_demand(given),
        interaction_id="here",
        values=given.facts,
        user_id=person if is_known else None,
        enrollable=tuple(name for name in bundle.order if name != "password"),
    )
    evidence = tuple(_evidence(bundle, each, listed, person) for each in given.evidence)
    return facts, evidence, tuple(_enrolled(bundle, each) for each in listed)


def _demand(given: Given) -> Demand:
    return Demand(
        client_id=given.client,
        actions=given.actions,
        acr_values=tuple(value for text in given.acr_values for value in text.split()),
        essential_acr=given.essential_acr,
        max_age=None if given.max_age is None else int(given.max_age.total_seconds()),
        prompt=given.prompt,
    )


def _enrolled(bundle: Bundle, given: GivenCredential) -> Enrolled:
    return Enrolled(
        factor=given.factor,
        credential_id=given.factor,
        channel=f"{given.factor}:1",
        since=NOW - (_LONG_AGO if given.age is None else given.age),
        properties=_properties(bundle, given.factor, given.properties),
        available=given.is_available,
    )


def _evidence(bundle: Bundle, given: GivenProof, listed: tuple[GivenCredential, ...], person: str) -> Evidence:
    enrolled = next((each.properties for each in listed if each.factor == given.factor), None)
    properties = enrolled if given.properties is None else given.properties
    return Evidence(
        factor=given.factor,
        at=NOW - given.age,
        user_id=person,
        credential_id=given.factor,
        interaction_id="here" if given.is_here else "earlier",
        channel=f"{given.factor}:1",
        properties=_properties(bundle, given.factor, properties),
    )


def _properties(bundle: Bundle, factor: str, given: frozenset[Property] | None) -> frozenset[Property]:
    """Return the properties given, else those the factor's settings lead one to expect."""
    return best_properties(bundle, factor) - {Property.DEVICE_BOUND} if given is None else given


def _differences(expected: Expected, decision: Decision) -> Iterator[str]:
    required = decision.required
    compared: tuple[tuple[str, object, object], ...] = (
        ("outcome", expected.outcome, decision.outcome.value),
        ("acr", _as_set(expected.acr), _as_set(required.acr)),
        ("max_age", expected.max_age, required.max_age),
        ("options", _as_sets(expected.options), _as_sets(decision.options)),
        ("because", _as_set(expected.because), _as_set(decision.because)),
    )
    for name, wanted, found in compared:
        if wanted is not None and wanted != found:
            yield f"{name}: expected {_shown(wanted)}, got {_shown(found)}"
    given = (decision.reason,) if decision.reason else decision.reasons
    if expected.reason is not None and expected.reason not in given:
        yield f"reason: expected {expected.reason}, got {words(tuple(given))}"


def _as_set(names: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


def _as_sets(options: tuple[tuple[str, ...], ...] | None) -> tuple[frozenset[str], ...] | None:
    return None if options is None else tuple(frozenset(names) for names in options)


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        return words(tuple(sorted(value)))
    if isinstance(value, tuple):
        return " | ".join("+".join(sorted(names)) for names in value) or "none"
    return "none" if value is None else words(value)
