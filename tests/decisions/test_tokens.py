"""policy.md, Tokens and Later: acr, amr, auth_time from evidence, and what a grant is worth later."""

from datetime import timedelta

import pytest

from idp.core.assurance import Property
from idp.policy.later import denied, recompute
from idp.policy.model import Demand, Facts
from tests.policy.kit import FIRST, MFA, NOW, PHR, TWO, a_bundle, ask, credential, proof, span

PLAIN = a_bundle()
EVERYTHING = "password totp sms voice email approval backup_code passkey"


@pytest.mark.parametrize(
    ("proofs", "acr", "amr", "age"),
    [
        ("password@9m", FIRST, "pwd", "9m"),
        ("password@9m totp@3m", MFA, "pwd otp mfa", "3m"),
        ("totp@9m password@3m", MFA, "otp pwd mfa", "9m"),
        ("password@9m sms@3m", MFA, "pwd sms mfa mca", "3m"),
        ("password@9m voice@3m", MFA, "pwd tel mfa mca", "3m"),
        ("password@9m email@3m", TWO, "pwd otp mca", "3m"),
        ("password@9m approval@3m", MFA, "pwd user mfa mca", "3m"),
        ("password@9m backup_code@3m", MFA, "pwd otp mfa", "3m"),
        ("passkey@9m", MFA, "pop user mfa", "9m"),
        ("password@9m passkey@3m", MFA, "pwd pop user mfa", "3m"),
        ("password@3d totp@3m", MFA, "pwd otp mfa", "3m"),
        ("password@3m totp@25h", TWO, "otp pwd", "25h"),
        ("password@9m sms@5m totp@3m", MFA, "pwd sms otp mfa mca", "3m"),
        ("password@9m totp@8m sms@7m", MFA, "pwd otp sms mfa mca", "7m"),
    ],
)
def test_acr_amr_and_auth_time_come_from_the_proofs_that_count(proofs: str, acr: str, amr: str, age: str) -> None:
    """The strongest level by its own name; amr by the table; auth_time from when the level ages."""
    assurance = ask(PLAIN, EVERYTHING, proofs, acr_values=() if acr != MFA else (MFA,)).assurance
    assert (assurance.acr, " ".join(assurance.amr), assurance.auth_time) == (acr, amr, NOW - span(age))


@pytest.mark.parametrize(
    ("properties", "amr"),
    [
        ({Property.USER_VERIFIED, Property.ATTESTED}, "pop user hwk mfa"),
        ({Property.USER_VERIFIED, Property.SYNCED}, "pop user swk mfa"),
        (set(), "pop user"),
    ],
)
def test_a_passkey_says_hwk_when_attested_and_swk_when_synced(properties: set[Property], amr: str) -> None:
    """RFC 8176 §2."""
    given = (proof("passkey", properties=frozenset(properties)),)
    assert " ".join(ask(PLAIN, "passkey", given).assurance.amr) == amr


def test_of_maximal_levels_the_one_listed_first_is_reported() -> None:
    """`phr` and a level beside it that neither is as strong as."""
    acr = PLAIN.text[PLAIN.text.index("acr:") : PLAIN.text.index("factors:")]
    beside = "  three: {title: Three, needs: [{kinds: 3}]}\n"
    first = acr.replace("acr:\n", "acr:\n" + beside)
    proofs = (proof("password"), proof("passkey"))
    for text, expected in ((first, "three"), (acr.rstrip() + "\n" + beside, PHR)):
        assert ask(a_bundle(acr=text), "password passkey", proofs).assurance.acr == expected


@pytest.mark.parametrize(
    ("demand", "acr"),
    [
        ({"essential_acr": ("mfa",), "acr_values": (FIRST,)}, "mfa"),
        ({"acr_values": ("urn:okta:loa:2fa:any", "mfa")}, "urn:okta:loa:2fa:any"),
        ({"acr_values": (FIRST, "mfa")}, FIRST),
        ({"default_acr_values": ("mfa",)}, "mfa"),
        ({"default_acr_values": ("mfa",), "requested_acr": (FIRST,)}, FIRST),
        ({"acr_values": (FIRST,), "default_acr_values": ("mfa",)}, FIRST),
        ({"acr_values": ("unknown",)}, MFA),
        ({}, MFA),
    ],
)
def test_acr_is_the_first_that_holds_spelled_as_it_was_asked(demand: dict, acr: str) -> None:
    """Of the essential values, then acr_values, then the defaults, then a non-essential claim; else the strongest."""
    assert ask(PLAIN, proofs="password totp", **demand).assurance.acr == acr


def test_rba_when_a_rule_that_read_a_risk_travel_or_device_fact_changed_the_requirement() -> None:
    """Not when it asked for nothing more, and not when the fact was not there."""
    rules = "{id: a, if: {any: [{risk.band: {at_least: challenge}}, {net.tor: {eq: true}}]}, require: {acr: mfa}}"
    bundle = a_bundle(rules)
    assert "rba" in ask(bundle, proofs="password totp", facts={"risk.band": "high"}).assurance.amr
    assert "rba" not in ask(bundle, proofs="password totp", facts={"net.tor": True}).assurance.amr
    assert (
        "rba" not in ask(bundle, proofs="password totp", facts={"risk.band": "high"}, acr_values=(MFA,)).assurance.amr
    )
    assert "rba" not in ask(bundle, proofs="password totp", facts={"risk.band": "low"}).assurance.amr


def test_a_lapsed_level_leaves_no_mfa_in_amr() -> None:
    """amr never says more than acr: once every level of two kinds has lapsed, `mfa` is not said."""
    assert ask(PLAIN, proofs="password@1m totp@2d").assurance.amr == ("otp", "pwd")


def test_mfa_is_said_where_no_level_asks_two_kinds() -> None:
    """It is derived from kinds, not from a level's name."""
    bundle = a_bundle(acr=f"acr:\n  {FIRST}: {{title: In, needs: [any]}}\n", actions="")
    assert ask(bundle, proofs="password@1m totp@2d").assurance.amr == ("otp", "pwd", "mfa")


@pytest.mark.parametrize(
    ("proofs", "lapses"), [("password@9m", None), ("password@9m totp@2h", "22h"), ("password@30h totp@2h", "22h")]
)
def test_lapses_at_is_when_the_reported_level_ceases_to_hold(proofs: str, lapses: str | None) -> None:
    """An access token does not outlive it."""
    assurance = ask(PLAIN, proofs=proofs).assurance
    assert assurance.lapses_at == (None if lapses is None else NOW + span(lapses))


def test_a_level_held_through_a_stronger_one_lapses_with_it() -> None:
    """A day-old password counts beside a code only as long as the code does."""
    one = f"  {FIRST}: {{title: In, needs: [any], valid_for: 24h}}\n"
    acr = f"acr:\n{one}  two: {{title: Two, needs: [{{kinds: 2}}], valid_for: 12h}}\n"
    bundle = a_bundle(acr=acr, actions="")
    assurance = ask(bundle, proofs="password@30h totp@1h", acr_values=(FIRST,)).assurance
    assert (assurance.acr, assurance.lapses_at, assurance.auth_time) == (FIRST, NOW + span("11h"), NOW - span("1h"))


class TestLater:
    """At refresh, exchange and introspection."""

    enrolled = (credential("password"), credential("totp"), credential("passkey"))

    def worth(self, proofs: str, *, asked: str = "", granted: str = MFA, rules: str = "", **values: object):
        facts = Facts(
            demand=Demand(client_id="bank"), interaction_id="here", user_id="ada", values=values.get("facts", {})
        )
        given = tuple(proof(text) for text in proofs.split())
        enrolled = values.get("enrolled", self.enrolled)
        return recompute(a_bundle(rules), facts, given, enrolled, asked=tuple(asked.split()), granted=granted, now=NOW)

    @pytest.mark.parametrize(
        ("proofs", "asked", "granted", "acr"),
        [
            ("password@1h totp@1h", "mfa", MFA, "mfa"),
            ("password@25h totp@25h", "mfa", MFA, TWO),
            ("password@25h totp@25h", f"mfa {FIRST}", MFA, FIRST),
            ("password@1h totp@1h", "", FIRST, FIRST),
            ("password@1h totp@1h", f"phr mfa {FIRST}", FIRST, FIRST),
            ("password@1h passkey@1h", "phr mfa", PHR, "phr"),
            ("password@here totp@here", "mfa", "level-since-removed", FIRST),
            ("", "mfa", MFA, ""),
        ],
    )
    def test_acr_may_fall_never_rise(self, proofs: str, asked: str, granted: str, acr: str) -> None:
        """Among the values first asked for, else the strongest no stronger than what was granted."""
        assert self.worth(proofs, asked=asked, granted=granted).acr == acr

    def test_what_was_proved_in_the_interaction_ages_like_everything_else(self) -> None:
        """A grant has no interaction any more."""
        given = (proof("password@here"), proof("totp@here", at=NOW - timedelta(hours=25)))
        facts = Facts(demand=Demand(client_id="bank"), interaction_id="here", user_id="ada")
        assert recompute(PLAIN, facts, given, self.enrolled, asked=("mfa",), granted=MFA, now=NOW).level == TWO

    def test_the_last_minute_still_counts(self) -> None:
        """A level is asked again before it lapses, but it holds until it does."""
        late = (proof("password@2h"), proof("totp", at=NOW - timedelta(hours=23, minutes=59, seconds=30)))
        facts = Facts(demand=Demand(client_id="bank"), interaction_id="here", user_id="ada")
        found = recompute(PLAIN, facts, late, self.enrolled, asked=(), granted=MFA, now=NOW)
        assert (found.level, found.lapses_at) == (MFA, NOW + timedelta(seconds=30))

    def test_a_removed_credential_is_worth_nothing(self) -> None:
        """Evidence of a removed credential does not count."""
        assert self.worth("password@1h totp@1h", enrolled=(credential("password"),)).acr == FIRST

    def test_deny_rules_run_with_client_and_user_facts_only_and_require_rules_do_not(self) -> None:
        """An address seen at sign-in says nothing about a refresh."""
        rules = """
            {id: a, if: {user.groups: {contains_any: [gone]}}, deny: has_left}
            {id: b, if: {net.tor: {eq: true}}, deny: no_tor}
            {id: c, require: {acr: phr}}
        """
        assert self.worth("password@1h", rules=rules, facts={"user.groups": ("gone",)}).denied == "has_left"
        found = self.worth("password@1h totp@1h", rules=rules, facts={"net.tor": True})
        assert (found.denied, found.acr) == ("", MFA)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ("", ""),
        ("{id: a, require: {acr: phr}}", ""),
        ("{id: a, scope: {clients: [bank]}, deny: closed}", "closed"),
        ("{id: a, scope: {clients: [shop]}, deny: closed}", ""),
        ("{id: a, scope: {client_tags: [batch]}, deny: closed}", "closed"),
        ("{id: a, if: {client.first_party: {eq: false}}, deny: strangers}", "strangers"),
        ("{id: a, if: {user.groups: {contains_any: [staff]}}, deny: closed}", ""),
        ("{id: a, if: {none: [{user.groups: {contains_any: [staff]}}]}, deny: closed}", ""),
        ("{id: a, if: {net.tor: {eq: true}}, deny: closed}", ""),
    ],
)
def test_a_client_on_its_own_is_denied_by_rules_about_clients(rules: str, reason: str) -> None:
    """policy.md, Later: what was seen of an address says nothing, and rules about people wait for one."""
    values = {"client.tags": ("batch",), "client.first_party": False, "net.tor": True, "user.groups": ("staff",)}
    facts = Facts(demand=Demand(client_id="bank"), interaction_id="", values=values, user_id="alice")
    assert denied(a_bundle(rules), facts, now=NOW) == reason
