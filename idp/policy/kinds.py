"""Situations between which two policies see no difference, so that a replay judges each kind of them once.

A decision sees moments only as younger or older than the spans that the bundles name, numbers only on one side or the
other of what rules compare them with, addresses only as within the networks that rules name or outside, credentials and
channels only as the same or others. All else is taken as it is:
two situations of one kind have the same outcome, the same missing proofs and the same causes under either bundle.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from idp.core.assurance import Evidence
from idp.policy.facts import REGISTRY, FactType, base_name
from idp.policy.language import Bundle
from idp.policy.model import EnrolAsk, Enrolled, Facts, FactValue
from idp.policy.observed import Computed, observe
from idp.policy.operators import Predicate, within
from idp.policy.proofs import LEAST_LEFT

_NUMBERS = (FactType.NUMBER, FactType.DURATION)
_MOST_PLACES = 50_000
_COMPARING = frozenset({"gt", "ge", "lt", "le"})


class Kinds:
    """Tells the kinds of situations that these bundles tell apart."""

    def __init__(self, *bundles: Bundle) -> None:
        self._views = tuple(_views(bundles))
        self._limits = _limits(bundles)
        self._networks = _networks(bundles)
        self._places: dict[tuple[str, Any], int] = {}
        self._spans = sorted({span for bundle in bundles for span in _ages(bundle)})
        self._withins = sorted({span for bundle in bundles for span in _withins(bundle)})
        self._cool_downs = sorted({span for bundle in bundles for span in _cool_downs(bundle)})
        self._holds = tuple(bundle.enrolment.hold for bundle in bundles)
        self._reads_tags = any(rule.scope.client_tags for bundle in bundles for rule in bundle.rules)

    def of(
        self, facts: Facts, evidence: Sequence[Evidence], enrolled: Sequence[Enrolled], now: datetime
    ) -> tuple[object, ...]:
        """Return what all situations of one kind have in common."""
        credentials = {(each.factor, each.credential_id): place for place, each in enumerate(enrolled)}
        channels: dict[str, int] = {}
        return (
            self._asked(facts),
            self._known(facts, now),
            tuple(
                (
                    each.factor,
                    each.properties,
                    channels.setdefault(each.channel, len(channels)),
                    each.available,
                    *(now - each.since < hold for hold in self._holds if hold),
                )
                for each in enrolled
            ),
            tuple(
                (
                    credentials.get((each.factor, each.credential_id), -1) if each.user_id == facts.user_id else -2,
                    each.properties,
                    channels.setdefault(each.channel, len(channels)),
                    # What was proved in this interaction is young, whatever its age.
                    None if each.interaction_id == facts.interaction_id else self._age(facts, now - each.at),
                )
                for each in sorted(evidence, key=lambda each: each.at)
            ),
        )

    def _asked(self, facts: Facts) -> tuple[object, ...]:
        demand = facts.demand
        return (
            demand.client_id,
            demand.scopes,
            demand.acr_values,
            demand.essential_acr,
            demand.requested_acr,
            demand.default_acr_values,
            demand.max_age,
            demand.default_max_age,
            demand.prompt,
            demand.actions,
            demand.subject in (None, facts.user_id),
        )

    def _known(self, facts: Facts, now: datetime) -> tuple[object, ...]:
        values = facts.values
        return (
            facts.user_id is None,
            facts.enrollable,
            facts.enrolled_here,
            facts.signs_in,
            tuple(self._put_off(ask, now) for ask in facts.enrol_asks),
            values.get("risk.band"),
            values.get("user.recovering"),
            values.get("client.tags") if self._reads_tags else (),
            tuple(self._observed(view, facts, now) for view in self._views),
        )

    def _put_off(self, ask: EnrolAsk, now: datetime) -> tuple[object, ...]:
        last = ask.last_asked_at or ask.first_asked_at
        return (
            ask.rule,
            ask.skips,
            bisect_right(self._withins, now - ask.first_asked_at),
            bisect_right(self._cool_downs, now - last),
        )

    def _observed(self, view: "_View", facts: Facts, now: datetime) -> tuple[object, ...]:
        computed: Computed = {"user.id": lambda: facts.user_id or "", "user.enrolled": tuple, "user.reach": tuple}
        seen = observe(view.bundle, facts, computed, now=now, names=view.names)
        return tuple(self._side(name, value) for name, value in seen.items())

    def _side(self, name: str, value: FactValue) -> object:
        """Return where a number lies among all that it is compared with, and an address; anything else as it is."""
        if name in self._networks and not isinstance(value, str):
            return self._place(name, value)
        limits = self._limits.get(name)
        if limits is None or isinstance(value, str | bool | tuple):
            return value
        return bisect_right(limits, value), value in limits

    def _place(self, name: str, address: Any) -> int:
        """Return in which of the networks an address is, a bit each; most addresses come again and again."""
        found = self._places.get((name, address))
        if found is None:
            if len(self._places) >= _MOST_PLACES:
                self._places.clear()
            inside = (bool(is_inside(address)) << bit for bit, is_inside in enumerate(self._networks[name]))
            found = self._places[name, address] = sum(inside)
        return found

    def _age(self, facts: Facts, age: timedelta) -> tuple[object, ...]:
        asked = (facts.demand.max_age, facts.demand.default_max_age)
        return (
            bisect_right(self._spans, age),
            *(age.total_seconds() < seconds for seconds in asked if seconds is not None),
        )


def _networks(bundles: Iterable[Bundle]) -> dict[str, tuple[Predicate, ...]]:
    """Return, for each address that rules compare with networks alone, what tells whether it is in each of them."""
    checks = tuple(check for bundle in bundles for rule in bundle.rules for check in rule.checks)
    addresses = {check.fact for check in checks if REGISTRY[base_name(check.fact)].type is FactType.ADDRESS}
    exact = {check.fact for check in checks if check.operator != "within"}
    return {
        fact: tuple(within(each) for each in dict.fromkeys(tuple(c.expected) for c in checks if c.fact == fact))
        for fact in addresses - exact
    }


class _View(NamedTuple):
    """A bundle, and those of its facts that no bundle before it has read alike."""

    bundle: Bundle
    names: tuple[str, ...]


def _views(bundles: Iterable[Bundle]) -> Iterator[_View]:
    """Yield what is to be observed: each fact once, but zones by every bundle, as each draws its own."""
    known: set[str] = set()
    for bundle in bundles:
        names = bundle.facts - known
        known |= names - {"net.zone"}
        yield _View(bundle, tuple(sorted(names)))


def _limits(bundles: Iterable[Bundle]) -> dict[str, list[Any]]:
    """Return, for each number that rules read, what they compare it with; those they look up by value stay whole."""
    limits: dict[str, set[Any]] = {}
    exact: set[str] = set()
    checks = (check for bundle in bundles for rule in bundle.rules for check in rule.checks)
    for check in checks:
        if REGISTRY[base_name(check.fact)].type not in _NUMBERS:
            continue
        if check.operator not in _COMPARING:
            exact.add(check.fact)
        expected = check.expected
        limits.setdefault(check.fact, set()).add(
            expected.total_seconds() if isinstance(expected, timedelta) else expected
        )
    return {fact: sorted(found) for fact, found in limits.items() if fact not in exact}


def _ages(bundle: Bundle) -> Iterable[timedelta]:
    """Yield every age at which a proof may cease to count."""
    for rule in bundle.rules:
        if rule.require is not None and rule.require.max_age is not None:
            yield rule.require.max_age
    for action in bundle.actions.values():
        if action.require.max_age is not None:
            yield action.require.max_age
    for level in bundle.levels.values():
        if level.valid_for is not None:
            yield level.valid_for - LEAST_LEFT


def _withins(bundle: Bundle) -> Iterable[timedelta]:
    return (rule.enrol.within for rule in bundle.rules if rule.enrol is not None and rule.enrol.within is not None)


def _cool_downs(bundle: Bundle) -> Iterable[timedelta]:
    return (
        rule.enrol.cool_down for rule in bundle.rules if rule.enrol is not None and rule.enrol.cool_down is not None
    )
