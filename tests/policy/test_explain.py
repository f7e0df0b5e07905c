"""Decisions in words, and the records they are computed again from."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from idp.core.assurance import Property
from idp.core.errors import ConfigError
from idp.policy.discovery import acr_satisfied_by, acr_values_supported
from idp.policy.engine import decide
from idp.policy.explain import explain, requirement_words
from idp.policy.model import Demand, EnrolAsk, Facts, Mark, Requirement, span
from idp.policy.record import redacted, restore, snapshot
from tests.policy.kit import FACTORS, FIRST, MFA, NOW, PHR, TWO, a_bundle, ask, credential, proof

RULES = """
{id: tor, if: {net.tor: {eq: true}}, require: {acr: mfa, max_age: 5m, forbid: [sms, email]}}
{id: shop, scope: {clients: [shop]}, require: {acr: phr}}
{id: kp, if: {net.country: {in: [KP]}}, deny: not_served}
{id: staff, if: {user.groups: {contains_any: [staff]}}, enrol: {level: mfa, skips: 1}}
"""
BUNDLE = a_bundle(RULES, rest=f"enrolment: {{in_flow: {MFA}}}\n")


def test_a_challenge_is_explained_rule_by_rule_and_test_by_test() -> None:
    """The trace shows every test and the value it saw."""
    decision = ask(BUNDLE, "password totp", "password@1m", facts={"net.tor": True, "net.country": Mark.UNKNOWN})
    assert explain(decision) == [
        "outcome: challenge with totp",
        "required: urn:idp:acr:mfa, proved within 5m, without email, sms",
        "achieved: urn:idp:acr:1fa, amr pwd, since 2026-03-04T09:29:00+00:00",
        "because: tor",
        "reasons: tor, sign_in",
        "rule tor: fired",
        "    net.tor eq true: saw true → yes",
        "rule shop: out of scope",
        "rule kp: did not match",
        "    net.country in KP: saw unknown → unknown",
        "rule staff: did not match",
        "    user.groups contains_any staff: saw absent → no",
    ]


@pytest.mark.parametrize(
    ("enrolled", "proofs", "changes", "line"),
    [
        ("password", "password", {}, "outcome: allow"),
        ("password", "", {"user": None}, "outcome: challenge, to learn who it is"),
        ("password totp", "", {"acr_values": (MFA,)}, "outcome: challenge with password and totp"),
        ("password", "password", {"facts": {"net.country": "KP"}}, "outcome: deny (not_served; access_denied)"),
        (
            "password email",
            "password email",
            {"facts": {"user.groups": ("staff",)}, "enrollable": "totp sms"},
            "outcome: enrol totp or sms, may be put off",
        ),
        ("password email", "password email", {"acr_values": (MFA,), "enrollable": "totp"}, "outcome: enrol totp"),
    ],
)
def test_every_outcome_has_its_line(enrolled: str, proofs: str, changes: dict, line: str) -> None:
    """The first line says what must happen."""
    assert explain(ask(BUNDLE, enrolled, proofs, **changes))[0] == line


def test_a_wait_has_its_time_and_a_waiting_rule_says_so() -> None:
    """Nothing counted is said as such."""
    enrolled = (credential("password", available=False, available_at=NOW + timedelta(minutes=5)),)
    lines = explain(ask(BUNDLE, enrolled))
    assert lines[0] == "outcome: deny (factor_unavailable; access_denied, try again after 2026-03-04T09:35:00+00:00)"
    assert "achieved: nothing: no proof counts" in lines
    assert "rule staff: waits for facts known only after a first proof" in explain(ask(BUNDLE, "", user=None))


def test_a_note_stands_beside_its_rule() -> None:
    """An enrol rule that is passed over says why."""
    lines = explain(ask(BUNDLE, "password", "password", facts={"user.groups": ("staff",)}))
    assert "rule staff: fired (passed over: nothing can be enrolled here)" in lines


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        (Requirement(acr=()), "nothing"),
        (Requirement(acr=("a", "b"), max_age=timedelta(0)), "a and b, proved here and now"),
    ],
)
def test_a_requirement_in_words(requirement: Requirement, words: str) -> None:
    """max_age 0 is prompt=login."""
    assert requirement_words(requirement) == words


FACTS = Facts(
    demand=Demand(
        client_id="bank",
        acr_values=("mfa",),
        max_age=5,
        details={"amount": 3.5, "note": "x", "gift": True},
        actions=("pay",),
    ),
    interaction_id="here",
    values={
        "net.ip": "192.0.2.1",
        "user.groups": ("a", "b"),
        "net.tor": Mark.UNKNOWN,
        "user.age": 4,
        "device.known": True,
        "user.id": "absent",
    },
    user_id="ada",
    enrollable=("totp",),
    enrolled_here=True,
    enrol_asks=(EnrolAsk(rule="staff", skips=1, first_asked_at=NOW),),
)
SEEN = (
    (proof("password"), proof("passkey", properties=frozenset({Property.SYNCED}))),
    (credential("password"), credential("totp", available=False, available_at=NOW, used_here_at=NOW)),
    NOW,
)


def test_what_was_kept_decides_the_same_again() -> None:
    """Evaluation is pure: the full trace is computed again from the record."""
    restored = restore(snapshot(FACTS, *SEEN))
    assert restored == (FACTS, *SEEN)
    facts, evidence, enrolled, now = restored
    assert decide(BUNDLE, facts, evidence, enrolled, now=now) == decide(BUNDLE, FACTS, SEEN[0], SEEN[1], now=NOW)


def test_addresses_can_be_taken_out() -> None:
    """Then a rule that read one finds it unknown."""
    text = redacted(snapshot(FACTS, *SEEN))
    assert "192.0.2.1" not in text
    assert restore(text)[0] == replace(FACTS, values={**FACTS.values, "net.ip": Mark.UNKNOWN})


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"demand": 1}', "\ud800"])
def test_what_is_no_record_is_a_config_error(text: str) -> None:
    """Never an exception of another kind."""
    with pytest.raises(ConfigError, match="not a decision record"):
        restore(text)


def test_discovery_lists_all_reachable_values_weakest_first() -> None:
    """With attestation none, phrh is left out."""
    assert acr_values_supported(a_bundle()) == (FIRST, TWO, MFA, "mfa", "urn:okta:loa:2fa:any", PHR)
    attested = a_bundle(factors=FACTORS + "  passkey: {attestation: direct}\n")
    assert acr_values_supported(attested)[-1] == "phrh"


def test_discovery_says_which_values_satisfy_which() -> None:
    """By level, every name and alias that is as strong, itself first."""
    assert acr_satisfied_by(a_bundle()) == {
        FIRST: [FIRST, TWO, MFA, "mfa", "urn:okta:loa:2fa:any", PHR],
        TWO: [TWO, MFA, "mfa", "urn:okta:loa:2fa:any", PHR],
        MFA: [MFA, "mfa", "urn:okta:loa:2fa:any", PHR],
        PHR: [PHR],
    }


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (45, "45s"), (300, "5m"), (90, "90s"), (7200, "2h"), (604800, "7d")]
)
def test_spans_are_written_as_policies_write_them(seconds: int, text: str) -> None:
    """In the largest unit that divides them."""
    assert span(timedelta(seconds=seconds)) == text
