"""Properties of `decide`: total, blind to the order of rules, and no rule ever loosens."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from idp.core.assurance import Evidence, Property
from idp.policy.engine import IMPOSSIBLE, decide
from idp.policy.language import Bundle
from idp.policy.model import Decision, Demand, EnrolAsk, Enrolled, Facts, Mark, Outcome
from tests.policy.kit import FIRST, MFA, NOW, a_bundle, credential, proof

RULES = (
    "{id: a, if: {user.reach: {at_least: mfa}}, unless: {device.trusted: {eq: true}}, require: {acr: mfa}}",
    "{id: b, if: {risk.band: {at_least: challenge}}, require: {acr: urn:idp:acr:2sv, forbid: [sms]}}",
    "{id: c, scope: {actions: [pay]}, if: {request.amount: {gt: 10}}, require: {acr: phr, max_age: 5m}}",
    "{id: d, if: {net.country: {in: [KP]}}, deny: not_served}",
    "{id: e, if: {user.groups: {contains_any: [staff]}}, enrol: {level: mfa, skips: 1, within: 1d}}",
    "{id: f, if: {net.ip: {within: [192.0.2.0/24]}}, require: {forbid: [totp, email]}}",
    "{id: g, if: {time.hour: {ge: 9}}, require: {max_age: 1h}}",
    "{id: h, require: {forbid: [passkey]}}",
    "{id: i, require: {acr: urn:idp:acr:2sv}}",
)
REST = f"enrolment: {{in_flow: {MFA}, hold: 1h}}\n"
FACTORS = ["password", "totp", "sms", "email", "passkey", "backup_code", "ticket", "pigeon"]


ALL = a_bundle("\n".join(RULES), rest=REST)
BY_TEXT = dict(zip(RULES, ALL.rules, strict=True))


def built(rules: Iterable[str]) -> Bundle:
    """Return the bundle with these rules only, in this order."""
    return replace(ALL, rules=tuple(BY_TEXT[text] for text in rules))


ages = st.integers(-10, 60 * 30).map(lambda minutes: NOW - timedelta(minutes=minutes))
properties = st.frozensets(st.sampled_from(list(Property)))
evidence = st.lists(
    st.builds(
        lambda factor, at, user, here, properties: Evidence(
            factor=factor,
            at=at,
            user_id=user,
            credential_id=factor,
            interaction_id=here,
            channel=f"{factor}:1",
            properties=properties,
        ),
        st.sampled_from(FACTORS),
        ages,
        st.sampled_from(["ada", "ada", "ada", "eve"]),
        st.sampled_from(["here", "before"]),
        properties,
    ),
    max_size=5,
).map(tuple)
enrolled = st.lists(
    st.builds(
        lambda factor, available, since, properties: credential(
            factor, available=available, since=since, properties=properties
        ),
        st.sampled_from(FACTORS),
        st.booleans(),
        ages,
        properties,
    ),
    max_size=6,
).map(tuple)
acr_lists = st.lists(st.sampled_from([FIRST, "urn:idp:acr:2sv", "mfa", "phr", "phrh", "unheard-of"]), max_size=3).map(
    tuple
)
values = st.fixed_dictionaries(
    {},
    optional={
        "risk.band": st.sampled_from(["low", "challenge", "high", Mark.UNKNOWN, Mark.PENDING]),
        "device.trusted": st.sampled_from([True, False, Mark.UNKNOWN]),
        "user.groups": st.sampled_from([("staff",), (), Mark.UNKNOWN]),
        "user.recovering": st.booleans(),
        "net.country": st.sampled_from(["KP", "JP", Mark.ABSENT, Mark.UNKNOWN]),
        "net.ip": st.sampled_from(["192.0.2.1", "::1", "", "x"]),
    },
)
wished = st.fixed_dictionaries(
    {"acr_values": acr_lists, "essential_acr": acr_lists},
    optional={
        "max_age": st.sampled_from([0, 60, 3600]),
        "prompt": st.sampled_from([(), ("none",), ("login",)]),
        "actions": st.sampled_from([(), ("pay",), ("pay", "wire"), ("fly",)]),
        "details": st.sampled_from([{}, {"amount": 5}, {"amount": 50}]),
        "subject": st.sampled_from([None, "ada", "eve"]),
        "scopes": st.just(("openid",)),
    },
)
voluntary = st.fixed_dictionaries(
    {}, optional={"default_acr_values": acr_lists, "requested_acr": acr_lists, "default_max_age": st.just(60)}
)


@st.composite
def facts(draw: st.DrawFn, *, with_voluntary: bool = True) -> Facts:
    demand = Demand(client_id="bank", **draw(wished), **(draw(voluntary) if with_voluntary else {}))
    return Facts(
        demand=demand,
        interaction_id="here",
        values=draw(values),
        user_id=draw(st.sampled_from(["ada", "ada", "ada", None])),
        enrollable=draw(st.sampled_from([(), ("totp",), ("totp", "passkey", "pigeon")])),
        enrolled_here=draw(st.booleans()),
        enrol_asks=draw(st.sampled_from([(), (EnrolAsk(rule="e", skips=1, first_asked_at=NOW),)])),
    )


def is_whole(decision: Decision) -> None:
    """Check what every decision keeps, whatever it says."""
    match decision.outcome:
        case Outcome.ALLOW:
            assert decision.assurance is not None
            assert decision.counted
            assert decision.error == ""
        case Outcome.DENY:
            assert decision.reason
            assert decision.error
        case Outcome.CHALLENGE:
            assert decision.error in ("login_required", "interaction_required")
        case Outcome.ENROL:
            assert decision.options
            assert decision.assurance is not None
    assert decision.reason != IMPOSSIBLE
    assert FIRST in decision.required.acr or len(decision.required.acr) >= 1


@settings(max_examples=400, deadline=None)
@given(facts(), evidence, enrolled)
def test_evaluation_is_total_and_every_decision_is_whole(facts: Facts, evidence: tuple, enrolled: tuple) -> None:
    """On any facts `decide` answers; nothing is allowed without counted evidence of this very person."""
    decision = decide(ALL, facts, evidence, enrolled, now=NOW)
    is_whole(decision)
    assert all(each.user_id == facts.user_id for each in decision.counted)


@settings(max_examples=800, deadline=None)
@given(facts(), evidence, enrolled)
def test_the_first_member_of_each_option_can_be_asked_now(facts: Facts, evidence: tuple, enrolled: tuple) -> None:
    """Enrolled, available, not forbidden, not answered here; and what opens a session where nothing opened one."""
    decision = decide(ALL, facts, evidence, enrolled, now=NOW)
    if decision.outcome is not Outcome.CHALLENGE:  # filtered out, some runs would find too few
        return
    answered = {each.factor for each in evidence if each.interaction_id == "here" and each.user_id == facts.user_id}
    able = {each.factor for each in enrolled if each.available} - decision.required.forbid
    held = {each.factor for each in enrolled}
    opened = {each.factor for each in evidence if each.user_id == facts.user_id} & {"password", "passkey"} & held
    for option in decision.options:
        assert option[0] in able
        assert option[0] not in answered & held
        assert opened or option[0] in ("password", "passkey")


@settings(max_examples=300, deadline=None)
@given(facts(), evidence, enrolled, st.permutations(RULES))
def test_the_order_of_rules_never_matters(facts: Facts, evidence: tuple, enrolled: tuple, order: list[str]) -> None:
    """Only the trace, the names and the reasons come in the order written."""
    one = decide(ALL, facts, evidence, enrolled, now=NOW)
    other = decide(built(order), facts, evidence, enrolled, now=NOW)
    blind = {"trace": (), "because": (), "reasons": ()}
    assert structs.replace(one, **blind) == structs.replace(other, **blind)
    assert (set(one.because), set(one.reasons)) == (set(other.because), set(other.reasons))


@settings(max_examples=600, deadline=None)
@given(
    facts(with_voluntary=False),
    evidence,
    enrolled,
    st.sets(st.sampled_from(RULES)),
    st.sampled_from([r for r in RULES if "require:" in r]),
)
def test_adding_a_require_rule_never_loosens_a_decision(
    facts: Facts, evidence: tuple, enrolled: tuple, kept: set[str], added: str
) -> None:
    """What was not allowed stays so, and what was required still is."""
    before = decide(built(kept), facts, evidence, enrolled, now=NOW)
    after = decide(built(kept | {added}), facts, evidence, enrolled, now=NOW)
    if after.outcome is Outcome.ALLOW:
        # What may be put off anyway is an invitation, not a demand.
        assert before.outcome is Outcome.ALLOW or before.skippable
    if before.outcome is Outcome.DENY:
        assert after.outcome is Outcome.DENY
    assert before.required.forbid <= after.required.forbid
    assert (
        after.required.max_age is None
        or before.required.max_age is None
        or after.required.max_age <= before.required.max_age
    )
    for level in before.required.acr:
        assert any(other in ALL.stronger[level] for other in after.required.acr)


garbage = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.lists(st.text(max_size=3), max_size=2),
    st.just(Mark.PENDING),
)


@settings(max_examples=400, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*sorted(ALL.facts), "user.recovering", "client.tags"]), garbage),
    st.dictionaries(st.just("amount"), garbage),
)
def test_evaluation_is_total_on_facts_that_are_garbage(values: dict, details: dict) -> None:
    """A value of the wrong type is unknown; it neither raises nor excuses."""
    asked = Facts(
        demand=Demand(client_id="bank", actions=("pay",), details=details),
        interaction_id="here",
        values=values,
        user_id="ada",
    )
    decision = decide(ALL, asked, (proof("password"),), (credential("password"), credential("totp")), now=NOW)
    is_whole(decision)


@pytest.mark.parametrize(
    ("given_evidence", "given_enrolled"),
    [
        ((proof("password", at=datetime(2026, 1, 1)),), (credential("password"),)),  # noqa: DTZ001 - what must not happen
        ((proof("password", at="yesterday"),), (credential("password"),)),
        ((None,), (credential("password"),)),
        ((), (None,)),
        ((), (credential("password", since=None),)),
        ((), (credential("totp", used_here_at="x"), credential("password", used_here_at="x"))),
    ],
)
def test_the_impossible_is_refused_never_allowed(given_evidence: tuple, given_enrolled: tuple) -> None:
    """Where something impossible is met, the answer is no."""
    asked = Facts(demand=Demand(client_id="bank"), interaction_id="here", user_id="ada")
    decision = decide(ALL, asked, given_evidence, given_enrolled, now=NOW)
    assert decision.outcome is Outcome.DENY
    assert (decision.reason, decision.error, decision.assurance) == (IMPOSSIBLE, "access_denied", None)


@pytest.mark.parametrize("max_age", [10**30, -(10**30)])
def test_any_max_age_is_taken(max_age: int) -> None:
    """A number that no date can hold is as good as endless, or as none."""
    asked = Facts(demand=Demand(client_id="bank", max_age=max_age), interaction_id="here", user_id="ada")
    assert decide(a_bundle(), asked, (), (credential("password"),), now=NOW).outcome is Outcome.CHALLENGE


def test_a_long_list_of_enrolled_credentials_costs_a_bounded_time() -> None:
    """Hundreds of credentials do not make hundreds of options."""
    many = tuple(
        Enrolled(
            factor=factor,
            credential_id=f"{factor}{number}",
            channel=f"shared{number % 3}",
            since=NOW - timedelta(days=9),
            properties=frozenset({Property.USER_VERIFIED} if number % 2 else ()),
        )
        for factor in ("password", "totp", "sms", "email", "passkey", "backup_code", "voice", "approval")
        for number in range(40)
    )
    asked = Facts(demand=Demand(client_id="bank", acr_values=("phrh",)), interaction_id="here", user_id="ada")
    assert decide(a_bundle(), asked, (), many, now=NOW).outcome is Outcome.DENY
