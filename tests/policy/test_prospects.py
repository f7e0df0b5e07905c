"""What would become of people at a policy's doors, and for whom a canary decides."""

from datetime import timedelta

import pytest

from idp.policy.canary import is_chosen, is_invited
from idp.policy.model import Demand, Enrolled
from idp.policy.prospects import Door, Prospect, Shown, Somebody, likeness, prospect, supposed
from tests.policy.kit import NOW, a_bundle, credential

MFA = "{id: all, require: {acr: mfa}}"
IN_FLOW = "enrolment: {in_flow: mfa}\n"
DOOR = Door(demand=Demand(client_id="bank"))


def ada(*factors: str, **values: object) -> Somebody:
    return Somebody(user_id="ada", enrolled=tuple(map(credential, factors)), values=values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "factors", "becomes"),
    [
        (MFA, ("password", "totp"), Prospect.MEETS),
        (MFA, ("password", "email"), Prospect.ENROLS),
        (MFA, ("password",), Prospect.FAILS),
        (MFA, (), Prospect.FAILS),
        ("{id: all, enrol: {level: mfa, skips: 1}}", ("password", "email"), Prospect.MEETS),
        ("{id: all, enrol: {level: mfa}}", ("password", "email"), Prospect.ENROLS),
        ("{id: all, deny: no}", ("password", "totp"), Prospect.FAILS),
    ],
)
def test_somebody_who_proves_all_they_can_meets_it_or_not(
    rule: str, factors: tuple[str, ...], becomes: Prospect
) -> None:
    """What may be put off stops nobody."""
    bundle = a_bundle(rule, rest=IN_FLOW)
    assert prospect(bundle, ada(*factors), DOOR, enrollable=("totp",), now=NOW) is becomes


def test_people_are_alike_when_the_policy_cannot_tell_them_apart() -> None:
    """By what they have enrolled, and by those facts alone that some rule reads."""
    bundle = a_bundle("{id: a, if: {user.groups: {contains_any: [x]}}, require: {acr: mfa}}")
    one, other = ada("password", **{"user.age": 1.0}), ada("password", **{"user.age": 2.0})
    assert likeness(bundle, one, now=NOW) == likeness(bundle, other, now=NOW)
    for different in (ada("password", "totp"), ada("password", **{"user.groups": ("x",)})):
        assert likeness(bundle, one, now=NOW) != likeness(bundle, different, now=NOW)


def test_who_is_alike_depends_on_names_only_where_a_rule_reads_them() -> None:
    """And on the age of a credential only where new ones are held back."""
    young = Somebody(user_id="ben", enrolled=(fresh(),))
    old = Somebody(user_id="ada", enrolled=(credential("totp"),))
    assert likeness(a_bundle(), young, now=NOW) == likeness(a_bundle(), old, now=NOW)
    holding = a_bundle(rest="enrolment: {in_flow: mfa, hold: 1d}\n")
    assert likeness(holding, young, now=NOW) != likeness(holding, old, now=NOW)
    naming = a_bundle("{id: a, if: {user.id: {eq: ben}}, deny: no}")
    assert likeness(naming, young, now=NOW) != likeness(naming, old, now=NOW)


def fresh() -> Enrolled:
    return credential("totp", since=NOW - timedelta(hours=1))


def test_a_canary_always_decides_for_the_same_people() -> None:
    """About as many as its share says, others for another version; or a group."""
    people = [f"person {number}" for number in range(2000)]
    chosen = {person for person in people if is_chosen("v1", person, share=1000)}
    assert 140 < len(chosen) < 260
    assert chosen == {person for person in people if is_chosen("v1", person, share=1000)}
    assert chosen != {person for person in people if is_chosen("v2", person, share=1000)}
    assert chosen <= {person for person in people if is_chosen("v1", person, share=2000)}
    assert [is_chosen("v1", "ada", share=share) for share in (0, 10_000)] == [False, True]
    assert [is_invited(("staff",), audience) for audience in ("staff", "board", "")] == [True, False, False]


def test_the_simulator_says_what_would_be_decided_about_what_was_shown() -> None:
    """Nothing shown: a visitor. A proof of what is not set up is none; an older one ages."""
    bundle = a_bundle("{id: all, if: {net.tor: {eq: true}}, require: {acr: mfa, max_age: 5m}}")
    door = Door(demand=Demand(client_id="bank"), values={"net.tor": True})

    def outcome(*shown: Shown) -> tuple[str, tuple[tuple[str, ...], ...]]:
        decision = supposed(bundle, ada("password", "totp"), door, shown, enrollable=(), now=NOW)
        return decision.outcome.value, decision.options

    assert outcome() == ("challenge", ())
    assert outcome(Shown("password")) == ("challenge", (("totp",),))
    assert outcome(Shown("password"), Shown("email")) == ("challenge", (("totp",),))
    assert outcome(Shown("password"), Shown("totp", timedelta(minutes=4))) == ("allow", ())
    assert outcome(Shown("password"), Shown("totp", timedelta(minutes=6))) == ("challenge", (("totp",),))
