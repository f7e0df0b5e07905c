"""policy.md §3, points 6 to 9: options, enrolment, refusal, and what the decision names."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.core.assurance import Property
from idp.policy.model import EnrolAsk, Mark, Outcome
from tests.policy.kit import (
    FIRST,
    MFA,
    NOW,
    PHR,
    TWO,
    VERIFIED,
    a_bundle,
    ask,
    credential,
    options_of,
    proof,
    span,
)

ALLOW, CHALLENGE, ENROL, DENY = Outcome.ALLOW, Outcome.CHALLENGE, Outcome.ENROL, Outcome.DENY
PLAIN = a_bundle()
IN_FLOW = a_bundle(rest=f"enrolment: {{in_flow: {MFA}, suggest: sms}}\n")
STAFF = a_bundle(
    "{id: staff, if: {user.groups: {contains_any: [staff]}}, enrol: {level: mfa, skips: 2, within: 14d}}",
    rest=f"enrolment: {{in_flow: {MFA}}}\n",
)
IS_STAFF = {"user.groups": ("staff",)}
UNMET = "unmet_authentication_requirements"


class TestWhatIsMissingBecomesOptions:
    """§3.6"""

    @pytest.mark.parametrize(
        ("enrolled", "proofs", "options"),
        [
            ("password totp sms", "password", "totp | sms"),
            ("password totp passkey", "", "passkey | password+totp"),
            ("password totp passkey", "password", "passkey | totp"),
            ("password totp sms email backup_code", "password", "totp | sms | backup_code"),
            ("totp password", "", "password+totp"),
        ],
    )
    def test_all_sets_without_a_superfluous_member_smallest_first_then_by_order(
        self, enrolled: str, proofs: str, options: str
    ) -> None:
        """What may open a session is asked first."""
        assert options_of(ask(PLAIN, enrolled, proofs, acr_values=(MFA,))) == options

    def test_among_equals_first_the_one_that_last_succeeded_on_this_device_never_a_backup_code(self) -> None:
        """Then by factors.order."""
        enrolled = (
            credential("password"),
            credential("totp"),
            credential("sms", used_here_at=NOW - timedelta(days=2)),
            credential("voice", used_here_at=NOW - timedelta(days=1)),
            credential("backup_code", used_here_at=NOW),
        )
        assert options_of(ask(PLAIN, enrolled, "password", acr_values=(MFA,))) == "voice | sms | totp | backup_code"

    @pytest.mark.parametrize(
        ("proofs", "options"),
        [("password@here", "totp | sms"), ("password@here totp@here", ""), ("password@here email@here", "totp | sms")],
    )
    def test_one_member_is_asked_at_a_time_then_decide_runs_again(self, proofs: str, options: str) -> None:
        """A factor answered in this interaction that did not help is not offered again."""
        assert options_of(ask(PLAIN, "password totp sms email", proofs, acr_values=(MFA,))) == options

    def test_of_several_credentials_one_that_helps_makes_the_option(self) -> None:
        """A passkey that verifies its user stands beside one that does not."""
        enrolled = (
            credential("password"),
            credential("passkey", credential_id="a", properties=frozenset()),
            credential("passkey", credential_id="b", properties=VERIFIED, channel="passkey:2"),
        )
        assert options_of(ask(PLAIN, enrolled, acr_values=(PHR,))) == "passkey"

    def test_a_passkey_without_user_verification_is_possession_only_but_phishing_resistant_beside_a_password(
        self,
    ) -> None:
        """features.md F6."""
        enrolled = (credential("password"), credential("passkey", properties=frozenset()))
        assert options_of(ask(PLAIN, enrolled, acr_values=(PHR,))) == "passkey+password"

    def test_verification_counts_once_the_credential_is_known_for_it(self) -> None:
        """A proof that says so is possession alone while its credential is not (WAN-22)."""
        verified = (proof("passkey", properties=VERIFIED),)
        for known, level in ((frozenset(), FIRST), (VERIFIED, PHR)):
            decision = ask(PLAIN, (credential("passkey", properties=known),), verified)
            assert decision.assurance.level == level

    def test_verification_that_nobody_asks_for_is_not_expected(self) -> None:
        """Where `user_verification` is discouraged a passkey is an option beside a password only."""
        settings = {**PLAIN.factor_settings, "passkey": {"user_verification": "discouraged"}}
        enrolled = (credential("password"), credential("passkey", properties=VERIFIED))
        decision = ask(replace(PLAIN, factor_settings=settings), enrolled, acr_values=(PHR,))
        assert options_of(decision) == "passkey+password"

    def test_the_three_properties_of_hardware_are_asked_of_one_proof(self) -> None:
        """A synced passkey beside a bound one that is not attested does not make both."""
        attested = VERIFIED | {Property.ATTESTED, Property.DEVICE_BOUND}
        bound = credential("passkey", properties=VERIFIED | {Property.DEVICE_BOUND})
        assert ask(PLAIN, (bound,), acr_values=("phrh",)).outcome is DENY
        assert options_of(ask(PLAIN, (credential("passkey", properties=attested),), acr_values=("phrh",))) == "passkey"

    def test_an_enrolled_factor_that_cannot_be_used_now_is_not_offered(self) -> None:
        """Locked, or its gateway down."""
        enrolled = (credential("password"), credential("totp", available=False), credential("sms"))
        assert options_of(ask(PLAIN, enrolled, "password", acr_values=(MFA,))) == "sms"

    @pytest.mark.parametrize(("waits", "until"), [((5, 9), 5), ((None, 9), 9), ((None, None), None)])
    def test_if_nothing_is_left_it_is_factor_unavailable_with_the_time(self, waits: tuple, until: int | None) -> None:
        """The earliest moment at which an option works again."""
        moments = [None if wait is None else NOW + timedelta(minutes=wait) for wait in waits]
        enrolled = (
            credential("password"),
            credential("totp", available=False, available_at=moments[0]),
            credential("sms", available=False, available_at=moments[1]),
        )
        decision = ask(PLAIN, enrolled, "password", actions=("pay",))
        assert (decision.outcome, decision.reason, decision.error) == (DENY, "factor_unavailable", "access_denied")
        assert decision.available_at == (None if until is None else NOW + timedelta(minutes=until))

    def test_a_ticket_or_temporary_code_needs_no_place_in_the_order(self) -> None:
        """It is handed out singly."""
        assert options_of(ask(PLAIN, "password temporary_code", "password", acr_values=(TWO,))) == "temporary_code"


class TestEnrolment:
    """§3.7"""

    def test_it_is_offered_when_nothing_enrolled_reaches_the_level_the_suggested_factor_first(self) -> None:
        """The factors that would do, each alone."""
        decision = ask(IN_FLOW, "password email", "password email", enrollable="totp sms email", acr_values=("mfa",))
        assert (decision.outcome, options_of(decision), decision.skippable) == (ENROL, "sms | totp", False)

    @pytest.mark.parametrize(
        ("enrolled", "changes"),
        [
            ("password email", {"acr_values": (PHR,), "enrollable": "passkey"}),
            ("password email", {"enrolled_here": True}),
            ("password email", {"facts": {"risk.band": "high"}}),
            ("password email", {"facts": {"risk.band": Mark.UNKNOWN}}),
            ("password email", {"enrollable": ""}),
            ("password email", {"enrollable": "approvals"}),
            ("password", {}),
        ],
        ids=[
            "above in_flow",
            "once an interaction",
            "risk high",
            "risk unknown",
            "nothing to enrol",
            "none that is on",
            "no proof of more",
        ],
    )
    def test_it_is_never_offered_otherwise(self, enrolled: str, changes: dict) -> None:
        """A require that cannot be met is refused."""
        asked = {"enrollable": "totp", "acr_values": (MFA,), **changes}
        decision = ask(IN_FLOW, enrolled, "password email", **asked)
        assert (decision.outcome, decision.error) == (DENY, UNMET)

    def test_a_forbidden_factor_that_is_enrolled_keeps_another_from_being_enrolled(self) -> None:
        """Only when nothing the person has enrolled, forbidden included, reaches the level."""
        bundle = a_bundle("{id: a, require: {acr: mfa, forbid: [sms]}}", rest=f"enrolment: {{in_flow: {MFA}}}\n")
        assert ask(bundle, "password email sms", "password email", enrollable="totp").outcome is DENY
        assert ask(bundle, "password email", "password email", enrollable="totp sms").options == (("totp",),)

    def test_a_factor_out_of_order_keeps_another_from_being_enrolled(self) -> None:
        """Whoever waits for a lock to pass does not enrol around it."""
        enrolled = (credential("password"), credential("email"), credential("totp", available=False))
        decision = ask(IN_FLOW, enrolled, "password email", enrollable="sms", acr_values=(MFA,))
        assert (decision.outcome, decision.reason) == (DENY, "factor_unavailable")

    def test_never_for_an_attested_level(self) -> None:
        """No attestation is taken while signing in."""
        bundle = a_bundle(rest="enrolment: {in_flow: phrh}\n", factors=a_factors("{attestation: direct}"))
        decision = ask(bundle, "password totp", "password totp", enrollable="passkey", acr_values=("phrh",))
        assert decision.outcome is DENY

    def test_evidence_that_does_not_suffice_to_enrol_is_asked_first_mfa_if_reachable(self) -> None:
        """Whoever has a second factor proves it before adding a stronger one."""
        bundle = a_bundle(rest="enrolment: {in_flow: phr}\n")
        asked = {"enrollable": "passkey", "acr_values": (PHR,)}
        assert options_of(ask(bundle, "password totp email", "password email", **asked)) == "totp"
        assert ask(bundle, "password totp email", "password totp", **asked).outcome is ENROL

    @pytest.mark.parametrize("second", ["email", "ticket", "temporary_code"])
    def test_else_two_steps_by_proven_mailbox_ticket_or_temporary_code(self, second: str) -> None:
        """A password alone never enrols a second factor."""
        asked = {"enrollable": "totp", "acr_values": (MFA,)}
        assert options_of(ask(IN_FLOW, f"password {second}", "password", **asked)) == second
        assert ask(IN_FLOW, f"password {second}", f"password {second}", **asked).outcome is ENROL

    def test_a_gate_that_is_locked_keeps_from_enrolling(self) -> None:
        """The mailbox cannot be proved now."""
        enrolled = (credential("password"), credential("email", available=False))
        assert ask(IN_FLOW, enrolled, "password", enrollable="totp", acr_values=(MFA,)).outcome is DENY

    def test_a_gate_that_rules_forbid_keeps_from_enrolling(self) -> None:
        """What is forbidden cannot prove enough to enrol."""
        bundle = a_bundle("{id: a, require: {acr: mfa, forbid: [email]}}", rest=f"enrolment: {{in_flow: {MFA}}}\n")
        assert ask(bundle, "password email", "password", enrollable="totp").outcome is DENY

    @pytest.mark.parametrize(
        ("asks", "is_skippable"),
        [
            ((), True),
            ((EnrolAsk(rule="staff", skips=1, first_asked_at=NOW - span("13d")),), True),
            ((EnrolAsk(rule="staff", skips=2, first_asked_at=NOW - span("1d")),), False),
            ((EnrolAsk(rule="staff", skips=1, first_asked_at=NOW - span("14d")),), False),
            ((EnrolAsk(rule="other", skips=9, first_asked_at=NOW - span("99d")),), True),
        ],
    )
    def test_an_enrol_rule_asks_with_skips_and_within(self, asks: tuple, is_skippable: bool) -> None:
        """From the first time it is asked."""
        decision = ask(STAFF, "password email", "password email", enrollable="totp", facts=IS_STAFF, enrol_asks=asks)
        assert (decision.outcome, decision.enrol_rule, decision.skippable) == (ENROL, "staff", is_skippable)
        silent = ask(
            STAFF,
            "password email",
            "password email",
            enrollable="totp",
            facts=IS_STAFF,
            enrol_asks=asks,
            prompt=("none",),
        )
        assert silent.outcome is (ALLOW if is_skippable else ENROL)

    @pytest.mark.parametrize(
        ("order", "asks", "outcome"),
        [
            ("cool_down: 7d", (), True),
            ("cool_down: 7d", ((1, "30d", "6d"),), None),
            ("cool_down: 7d", ((1, "30d", "7d"),), True),
            ("cool_down: 7d", ((99, "300d", "7d"),), True),
            ("cool_down: 7d", ((1, "6d", ""),), None),
            ("cool_down: 7d", ((1, "7d", ""),), True),
            ("skips: 2, cool_down: 7d", ((2, "8d", "6d"),), None),
            ("skips: 2, cool_down: 7d", ((2, "8d", "7d"),), False),
            ("within: 14d, cool_down: 7d", ((9, "13d", "1d"),), None),
            ("within: 14d, cool_down: 7d", ((9, "14d", "1d"),), False),
            ("within: 14d, cool_down: 7d", ((9, "13d", "8d"),), True),
            ("skips: 2", ((1, "1d", "0s"),), True),
        ],
    )
    def test_what_was_put_off_is_left_alone_for_its_cool_down(
        self, order: str, asks: tuple, outcome: bool | None
    ) -> None:
        """None: passed over; else whether it may be put off (again). The end of `within` ends the rest, too."""
        bundle = a_bundle(f"{{id: r, enrol: {{level: mfa, {order}}}}}", rest=f"enrolment: {{in_flow: {MFA}}}\n")
        before = tuple(
            EnrolAsk(
                rule="r",
                skips=skips,
                first_asked_at=NOW - span(first),
                last_asked_at=NOW - span(last) if last else None,
            )
            for skips, first, last in asks
        )
        decision = ask(bundle, "password email", "password email", enrollable="totp", enrol_asks=before)
        if outcome is None:
            assert decision.outcome is ALLOW
            assert decision.trace[0].note.endswith("it was put off a short while ago")
        else:
            assert (decision.outcome, decision.skippable) == (ENROL, outcome)

    @pytest.mark.parametrize(
        ("order", "may_put_off"), [("skips: 1", True), ("cool_down: 1d", True), ("skips: 0", False)]
    )
    def test_the_proof_before_what_may_be_put_off_may_be_put_off_too(self, order: str, may_put_off: bool) -> None:
        """Everything required is proved by then."""
        bundle = a_bundle(f"{{id: r, enrol: {{level: mfa, {order}}}}}", rest=f"enrolment: {{in_flow: {MFA}}}\n")
        decision = ask(bundle, "password email", "password", enrollable="totp")
        assert (decision.outcome, options_of(decision)) == (CHALLENGE, "email")
        assert (decision.skippable, decision.enrol_rule) == (may_put_off, "r")

    @pytest.mark.parametrize(("order", "outcome"), [("skips: 1", ALLOW), ("cool_down: 1d", ALLOW), ("skips: 0", ENROL)])
    def test_only_whoever_signs_in_is_asked_for_what_may_be_put_off(self, order: str, outcome: Outcome) -> None:
        """A page that a session answers, single sign-on and an API ask for nothing that is not needed."""
        bundle = a_bundle(f"{{id: r, enrol: {{level: mfa, {order}}}}}", rest=f"enrolment: {{in_flow: {MFA}}}\n")
        decision = ask(bundle, "password email", "password email", enrollable="totp", signs_in=False)
        assert decision.outcome is outcome

    def test_it_never_skips_a_require(self) -> None:
        """What is required is proved first."""
        decision = ask(STAFF, "password email", "", enrollable="totp", facts=IS_STAFF)
        assert options_of(decision) == "password"

    @pytest.mark.parametrize(
        ("enrolled", "enrollable", "here", "note"),
        [
            ("password totp", "sms", False, "what is enrolled reaches the level"),
            ("password email", "", False, "nothing can be enrolled here"),
            ("password email", "totp", True, "nothing can be enrolled here"),
            ("password", "totp", False, "the person cannot prove enough to enrol"),
        ],
    )
    def test_where_it_cannot_be_done_it_is_passed_over_and_the_trace_says_why(
        self, enrolled: str, enrollable: str, here: bool, note: str
    ) -> None:
        """Whoever must have the level writes a require."""
        decision = ask(STAFF, enrolled, "password", enrollable=enrollable, enrolled_here=here, facts=IS_STAFF)
        assert decision.outcome is ALLOW
        assert decision.trace[0].note.endswith(note)

    def test_of_several_rules_the_pressing_one_is_asked(self) -> None:
        """One that may be put off comes after one that may not."""
        bundle = a_bundle(
            "{id: nudge, enrol: {level: mfa, skips: 3}}\n{id: must, enrol: {level: mfa}}",
            rest=f"enrolment: {{in_flow: {MFA}}}\n",
        )
        assert ask(bundle, "password email", "password email", enrollable="totp").enrol_rule == "must"

    @pytest.mark.parametrize(
        ("rule", "outcome"),
        [
            ("{id: no, require: {forbid: [totp]}}", ENROL),
            ("{id: no, require: {forbid: [email]}}", DENY),
            ("{id: no, require: {max_age: 5m}}", DENY),
        ],
        ids=["the factor to enrol", "the proof that is needed first", "an age that proof has passed"],
    )
    def test_a_require_rule_frees_nobody_from_enrolling(self, rule: str, outcome: Outcome) -> None:
        """Where it alone stands in the way, the answer is no; one that may be put off is passed over."""
        enrolled = (credential("password"), credential("email", available=False))
        must = "{id: must, enrol: {level: mfa}}"
        parts = {"rest": f"enrolment: {{in_flow: {MFA}}}\n"}
        bundle = a_bundle(f"{must}\n{rule}", **parts)
        asked = {"enrollable": "totp", "proofs": "password@here email@10m"}
        assert ask(a_bundle(must, **parts), enrolled, **asked).outcome is ENROL
        assert ask(bundle, enrolled, **asked).outcome is outcome
        gentle = a_bundle(f"{must.replace('mfa}', 'mfa, skips: 1}')}\n{rule}", **parts)
        assert ask(gentle, enrolled, **asked).outcome is (ENROL if outcome is ENROL else ALLOW)
        assert ask(bundle, enrolled, **asked, prompt=("none",)).error == "interaction_required"


def a_factors(passkey: str) -> str:
    return f"factors:\n  first: [password, passkey]\n  order: [passkey, password, totp, email]\n  passkey: {passkey}\n"


class TestRefusal:
    """§3.8"""

    @pytest.mark.parametrize(
        ("demand", "rules", "error"),
        [
            ({"acr_values": (MFA,)}, "", UNMET),
            ({"essential_acr": (MFA,)}, "", UNMET),
            ({}, "{id: a, require: {acr: mfa}}", "access_denied"),
            ({"actions": ("pay",)}, "", "access_denied"),
            ({"acr_values": (FIRST,)}, "{id: a, require: {acr: mfa}}", "access_denied"),
            ({"acr_values": (TWO,)}, "{id: a, require: {forbid: [email]}}", UNMET),
            ({"acr_values": (TWO,)}, "{id: a, require: {acr: mfa, forbid: [email]}}", UNMET),
            ({"acr_values": (TWO,)}, "{id: a, require: {acr: mfa}}", "access_denied"),
        ],
    )
    def test_unmet_when_a_wish_of_the_relying_party_is_unmet_else_access_denied(
        self, demand: dict, rules: str, error: str
    ) -> None:
        """The page with the reason comes first."""
        decision = ask(a_bundle(rules), "password email", "password email", **demand)
        assert (decision.outcome, decision.error) == (DENY, error)

    @pytest.mark.parametrize(
        ("proofs", "demand", "rules", "error"),
        [
            ("", {}, "", "login_required"),
            ("password", {"acr_values": (MFA,)}, "", "interaction_required"),
            ("password@1h", {"max_age": 60}, "", "login_required"),
            ("password", {"essential_acr": (PHR,)}, "", "interaction_required"),
            ("password", {}, "{id: a, if: {user.groups: {contains_any: [x]}}, deny: no}", "interaction_required"),
            ("", {}, "{id: a, if: {user.groups: {contains_any: [x]}}, deny: no}", "login_required"),
            ("password", {"essential_acr": ("phrh",)}, "", UNMET),
            ("password", {"essential_acr": ("unheard-of",)}, "", UNMET),
        ],
    )
    def test_with_prompt_none_a_client_learns_nothing_about_a_person(
        self, proofs: str, demand: dict, rules: str, error: str
    ) -> None:
        """login_required when no proof counts, else interaction_required, and unmet only when nobody could meet it."""
        for enrolled in ("password", "password totp"):
            assert (
                ask(a_bundle(rules), enrolled, proofs, facts={"user.groups": ("x",)}, prompt=("none",), **demand).error
                == error
            )

    def test_with_prompt_none_and_nobody_known_login_is_required_unless_nobody_could_meet_it(self) -> None:
        """OIDC Core 1.0 §3.1.2.6."""
        assert ask(PLAIN, user=None, prompt=("none",), acr_values=(MFA,)).error == "login_required"
        assert ask(PLAIN, user=None, prompt=("none",), acr_values=("phrh",)).error == UNMET
        assert ask(PLAIN, user=None, acr_values=("phrh",)).outcome is DENY


class TestTheDecisionNames:
    """§3.9"""

    def test_outcome_required_and_achieved_level_rules_and_reason_codes(self) -> None:
        """What is not met yet is named first among the reasons."""
        bundle = a_bundle("{id: a, if: {net.tor: {eq: true}}, require: {acr: mfa}, reason: over_tor}")
        decision = ask(bundle, proofs="password@1m", facts={"net.tor": True})
        assert (decision.outcome, decision.required.acr, decision.assurance.level) == (CHALLENGE, (MFA,), FIRST)
        assert (decision.because, decision.reasons) == (("a",), ("over_tor", "sign_in"))
        assert decision.counted == (proof("password@1m"),)

    def test_nobody_known_yet(self) -> None:
        """Without a person there is nothing to offer but a first proof."""
        decision = ask(PLAIN, "", user=None, acr_values=(MFA,))
        assert (decision.outcome, decision.options, decision.error, decision.assurance) == (
            CHALLENGE,
            (),
            "login_required",
            None,
        )
