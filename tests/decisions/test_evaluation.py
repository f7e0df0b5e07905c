"""policy.md §3, points 1 to 5: rules, the join, the relying party's demand, which proofs count, trusted devices."""

from datetime import timedelta

import pytest

from idp.policy.model import Mark, Outcome
from tests.policy.kit import FIRST, MFA, PHR, TWO, a_bundle, ask, credential, options_of, proof, span

ALLOW, CHALLENGE, DENY = Outcome.ALLOW, Outcome.CHALLENGE, Outcome.DENY
PLAIN = a_bundle()


class TestEveryRuleIsEvaluated:
    """§3.1"""

    bundle = a_bundle(
        """
        {id: a, if: {net.country: {eq: JP}}, require: {acr: mfa}, reason: from_japan}
        {id: b, scope: {clients: [shop]}, require: {acr: phr}}
        {id: c, scope: {scopes: [email]}, unless: {net.tor: {eq: false}}, require: {max_age: 1h}}
        {id: d, scope: {client_tags: [risky]}, require: {forbid: [sms]}}
        {id: e, scope: {actions: [pay]}, require: {acr: phr}}
        """
    )

    def test_every_rule_is_traced_with_every_test_and_the_value_it_saw(self) -> None:
        """Also rules out of scope are traced whole."""
        trace = ask(self.bundle, facts={"net.country": "US", "net.tor": False}).trace
        assert [(each.rule, each.fired, each.in_scope) for each in trace] == [
            ("a", False, True),
            ("b", False, False),
            ("c", False, False),
            ("d", False, False),
            ("e", False, False),
        ]
        seen = trace[0].tests[0]
        assert (seen.fact, seen.operator, seen.expected, seen.seen, seen.result) == (
            "net.country",
            "eq",
            "JP",
            "US",
            False,
        )

    @pytest.mark.parametrize(
        ("demand", "facts", "because"),
        [
            ({}, {"net.country": "JP"}, ("a",)),
            ({"client_id": "shop"}, {}, ("b",)),
            ({"scopes": ("openid", "email")}, {}, ("c",)),
            ({"scopes": ("email",)}, {"net.tor": False}, ()),
            ({}, {"client.tags": ("risky",)}, ("d",)),
            ({}, {"client.tags": Mark.UNKNOWN}, ("d",)),
            ({}, {"client.tags": ("calm",)}, ()),
            ({"actions": ("pay",)}, {}, ("pay", "e")),
        ],
    )
    def test_a_rule_has_scope_if_and_unless(self, demand: dict, facts: dict, because: tuple) -> None:
        """A rule fires in its scope, when `if` matches and `unless` does not excuse."""
        assert ask(self.bundle, facts=facts, **demand).because == because

    @pytest.mark.parametrize(
        ("kind", "is_fired"), [("require: {acr: mfa}", True), ("enrol: {level: mfa}", True), ("deny: no", False)]
    )
    def test_an_unknown_condition_matches_for_require_and_enrol_and_is_skipped_for_deny(
        self, kind: str, is_fired: bool
    ) -> None:
        """What is unknown is asked for, but nobody is denied on it."""
        bundle = a_bundle(f"{{id: a, if: {{net.country: {{eq: JP}}}}, {kind}}}")
        assert ask(bundle, facts={"net.country": Mark.UNKNOWN}).trace[0].fired is is_fired

    @pytest.mark.parametrize(
        ("rule", "is_fired"),
        [("on_unknown: skip, require: {acr: mfa}", False), ("on_unknown: match, deny: no", True)],
    )
    def test_on_unknown_says_otherwise(self, rule: str, is_fired: bool) -> None:
        """A rule may turn its default round."""
        bundle = a_bundle(f"{{id: a, if: {{net.country: {{eq: JP}}}}, {rule}}}")
        assert ask(bundle, facts={"net.country": Mark.UNKNOWN}).trace[0].fired is is_fired

    def test_an_unless_that_is_unknown_does_not_excuse(self) -> None:
        """A failed source excuses nobody."""
        bundle = a_bundle("{id: a, unless: {device.known: {eq: true}}, require: {acr: mfa}}")
        assert ask(bundle, facts={"device.known": Mark.UNKNOWN}).because == ("a",)

    @pytest.mark.parametrize("fact", ["user.groups", "session.clients", "risk.signals"])
    def test_a_rule_that_meets_a_pending_fact_waits(self, fact: str) -> None:
        """Until a first proof all visitors see one and the same page."""
        bundle = a_bundle(f"{{id: a, if: {{{fact}: {{contains_any: [x]}}}}, deny: no}}")
        decision = ask(bundle, "", facts={fact: ("x",)}, user=None)
        assert (decision.outcome, decision.options, decision.trace[0].pending) == (CHALLENGE, (), True)
        assert ask(bundle, facts={fact: ("x",)}).reason == "no"

    def test_a_pending_fact_given_as_such_waits_too(self) -> None:
        """Risk that has not been assessed yet is pending."""
        bundle = a_bundle("{id: a, if: {risk.band: {eq: high}}, require: {acr: mfa}}")
        assert ask(bundle, facts={"risk.band": Mark.PENDING}).because == ()


class TestTheJoin:
    """§3.2"""

    def test_the_first_level_is_always_demanded(self) -> None:
        """Nothing is allowed on no evidence."""
        decision = ask(PLAIN, "password")
        assert (decision.outcome, decision.required.acr) == (CHALLENGE, (FIRST,))

    def test_deny_wins(self) -> None:
        """Whatever else matches, a matching deny rule decides."""
        bundle = a_bundle(
            "{id: r, require: {acr: 1fa}}\n{id: d, if: {net.tor: {eq: true}}, deny: no_tor}".replace("1fa", FIRST)
        )
        decision = ask(bundle, proofs="password", facts={"net.tor": True})
        assert (decision.outcome, decision.reason, decision.error, decision.because) == (
            DENY,
            "no_tor",
            "access_denied",
            ("r", "d"),
        )

    def test_all_matching_requirements_actions_and_the_demand_are_joined(self) -> None:
        """All levels must hold, the smallest max_age, the union of forbid."""
        bundle = a_bundle(
            "{id: a, require: {acr: urn:idp:acr:2sv, max_age: 1h, forbid: [sms]}}\n{id: b, require: {forbid: [voice]}}"
        )
        required = ask(bundle, max_age=600, acr_values=("mfa",), actions=("pay",)).required
        assert (required.acr, required.max_age, required.forbid) == ((MFA,), span("5m"), frozenset({"sms", "voice"}))

    def test_of_several_actions_all_count(self) -> None:
        """Every named action's requirement is joined."""
        decision = ask(PLAIN, "password passkey", actions=("pay", "wire"))
        assert (decision.required.acr, decision.required.max_age, decision.because) == (
            (PHR,),
            span("5m"),
            ("pay", "wire"),
        )

    @pytest.mark.parametrize("user", ["ada", None])
    def test_an_action_the_bundle_does_not_know_is_invalid_authorization_details(self, user: str | None) -> None:
        """RFC 9396 §5: unknown values are refused, with or without a person."""
        decision = ask(PLAIN, proofs="password", user=user, actions=("pay", "fly"))
        assert (decision.outcome, decision.error) == (DENY, "invalid_authorization_details")


class TestTheRelyingPartysDemand:
    """§3.3"""

    @pytest.mark.parametrize(
        ("values", "enrolled", "proofs", "enrollable", "expected"),
        [
            ("phr mfa", "password totp passkey", "password totp", "", PHR),
            ("phr mfa", "password totp", "password", "", MFA),
            ("mfa phr", "password totp passkey", "password", "", MFA),
            ("phr mfa", "password email", "password email@here", "totp", MFA),
            ("unheard-of mfa", "password totp", "password", "", MFA),
        ],
        ids=[
            "first reachable",
            "second reachable",
            "in order of preference",
            "first to enrol",
            "unknown ones are ignored",
        ],
    )
    def test_chosen_is_the_first_held_or_reachable_else_the_first_that_may_be_enrolled(
        self, values: str, enrolled: str, proofs: str, enrollable: str, expected: str
    ) -> None:
        """acr_values and the essential claim list alternatives in order of preference (OIDC Core 1.0 §3.1.2.1)."""
        bundle = a_bundle(rest=f"enrolment: {{in_flow: {MFA}}}\n")
        for name in ("acr_values", "essential_acr"):
            decision = ask(bundle, enrolled, proofs, enrollable=enrollable, **{name: tuple(values.split())})
            assert decision.required.acr == (expected,)
            assert decision.outcome is not DENY

    def test_one_that_is_only_locked_comes_after_one_that_works(self) -> None:
        """What can be done now is chosen before what must be waited for."""
        enrolled = (credential("password"), credential("totp"), credential("passkey", available=False))
        assert options_of(ask(PLAIN, enrolled, "password", acr_values=("phr", "mfa"))) == "totp"

    def test_none_within_reach_is_unmet(self) -> None:
        """Never a lesser code."""
        decision = ask(PLAIN, "password totp", "password totp", essential_acr=("phr",))
        assert (decision.outcome, decision.error) == (DENY, "unmet_authentication_requirements")
        assert decision.required.acr == (PHR,)

    @pytest.mark.parametrize("user", ["ada", None])
    def test_all_unknown_acr_values_are_void_but_an_essential_list_of_unknown_values_fails_before_any_page(
        self, user: str | None
    ) -> None:
        """RFC 9470 §5; OIDC Core 1.0 §5.5.1.1."""
        assert ask(PLAIN, proofs="password", acr_values=("x", "y")).outcome is ALLOW
        decision = ask(PLAIN, proofs="password", user=user, essential_acr=("x", "y"))
        assert (decision.outcome, decision.error) == (DENY, "unmet_authentication_requirements")

    def test_both_lists_must_be_met(self) -> None:
        """The essential claim and acr_values are two demands."""
        decision = ask(PLAIN, "password totp passkey", "password", essential_acr=("mfa",), acr_values=("phr",))
        assert decision.required.acr == (PHR,)

    @pytest.mark.parametrize("name", ["default_acr_values", "requested_acr"])
    @pytest.mark.parametrize(
        ("enrolled", "outcome"), [("password totp", CHALLENGE), ("password", ALLOW), ("password email", ALLOW)]
    )
    def test_defaults_and_a_non_essential_claim_never_enrol_and_never_fail(
        self, name: str, enrolled: str, outcome: Outcome
    ) -> None:
        """They are asked for where they can be met."""
        bundle = a_bundle(rest=f"enrolment: {{in_flow: {MFA}}}\n")
        assert ask(bundle, enrolled, "password", enrollable="totp", **{name: ("mfa",)}).outcome is outcome

    def test_a_voluntary_wish_that_a_rule_puts_out_of_reach_is_let_go(self) -> None:
        """It never fails: the rest is what is required."""
        bundle = a_bundle("{id: a, require: {forbid: [totp]}}")
        assert ask(bundle, "password totp", "password", default_acr_values=("mfa",)).outcome is ALLOW

    @pytest.mark.parametrize(
        "named", [{"acr_values": (FIRST,)}, {"requested_acr": (FIRST,)}, {"essential_acr": (FIRST,)}]
    )
    def test_defaults_apply_only_when_the_request_names_none(self, named: dict) -> None:
        """A request that names a level overrides the client's defaults."""
        assert ask(PLAIN, proofs="password", default_acr_values=("mfa",), **named).outcome is ALLOW
        assert ask(PLAIN, proofs="password@1h", max_age=7200, default_max_age=60).outcome is ALLOW
        assert ask(PLAIN, proofs="password@1h", default_max_age=60).outcome is CHALLENGE

    def test_a_rule_cannot_move_the_choice_to_something_easier(self) -> None:
        """The choice among alternatives looks at the person, never at rules."""
        free = ask(PLAIN, "password totp passkey", "password totp", acr_values=("phr", "mfa"))
        ruled = ask(
            a_bundle("{id: a, require: {forbid: [passkey]}}"),
            "password totp passkey",
            "password totp",
            acr_values=("phr", "mfa"),
        )
        assert (free.outcome, ruled.outcome) == (CHALLENGE, DENY)


class TestWhichProofsCount:
    """§3.4"""

    @pytest.mark.parametrize(
        ("proofs", "demand", "outcome"),
        [
            ("password@4m", {"max_age": 300}, ALLOW),
            ("password@5m", {"max_age": 300}, CHALLENGE),
            ("password@here", {"max_age": 1}, ALLOW),
            ("password@23h totp@23h", {"acr_values": (MFA,)}, ALLOW),
            ("password@24h totp@24h", {"acr_values": (MFA,)}, CHALLENGE),
            ("password@9d", {}, ALLOW),
        ],
    )
    def test_a_proof_counts_while_younger_than_the_smaller_of_max_age_and_valid_for(
        self, proofs: str, demand: dict, outcome: Outcome
    ) -> None:
        """A proof given in this interaction always counts."""
        assert ask(PLAIN, proofs=proofs, **demand).outcome is outcome

    def test_a_level_with_under_a_minute_left_is_asked_again(self) -> None:
        """No token is born lapsed."""
        late = proof("totp", at=proof("totp@24h").at + timedelta(seconds=59))
        assert ask(PLAIN, proofs=(proof("password"), late), acr_values=(MFA,)).outcome is CHALLENGE
        assert ask(PLAIN, proofs=(proof("password"), late)).assurance.acr == TWO

    @pytest.mark.parametrize(
        ("proofs", "options"),
        [
            ("password@3d totp@here", ""),
            ("password@3d", "totp"),
            ("password@here totp@2d", "totp"),
            ("totp@here", "password"),
            ("password@3d email@here", "totp"),
        ],
        ids=[
            "old password beside a young code",
            "the code only",
            "a fresh password alone refreshes nothing",
            "code first",
            "mail is no kind",
        ],
    )
    def test_an_older_password_still_counts_beside_a_young_proof_of_another_kind(
        self, proofs: str, options: str
    ) -> None:
        """A fresh password alone never refreshes a multi-factor level."""
        assert options_of(ask(PLAIN, "password totp email", proofs, acr_values=(MFA,))) == options

    def test_the_first_level_holds_because_a_stronger_one_does(self) -> None:
        """An hour-old password and a code now satisfy max_age of five minutes."""
        decision = ask(PLAIN, proofs="password@1h totp@1m", max_age=300)
        assert decision.outcome is ALLOW

    @pytest.mark.parametrize(
        "demand", [{"prompt": ("login",)}, {"max_age": 0}, {"max_age": -5}, {"prompt": ("select_account",)}]
    )
    def test_prompt_login_and_max_age_0_count_only_proofs_given_in_this_interaction(self, demand: dict) -> None:
        """Not even an older password beside a fresh code counts."""
        assert options_of(ask(PLAIN, proofs="password@1m totp@here", acr_values=(MFA,), **demand)) == "password"
        assert ask(PLAIN, proofs="password@here totp@here", acr_values=(MFA,), **demand).outcome is ALLOW
        assert ask(PLAIN, proofs="password@1m", **demand).outcome is CHALLENGE

    def test_a_forbidden_factor_counts_neither_as_challenge_nor_as_evidence(self) -> None:
        """It is not offered, and what was proved by it is as if it had not been."""
        bundle = a_bundle("{id: a, require: {acr: mfa, forbid: [sms]}}")
        decision = ask(bundle, "password sms totp", "password@here sms@here")
        assert (decision.outcome, options_of(decision)) == (CHALLENGE, "totp")

    @pytest.mark.parametrize("changes", [{"user_id": "eve"}, {"credential_id": "another"}, {"factor": "sms"}])
    def test_evidence_of_another_person_or_of_a_removed_credential_does_not_count(self, changes: dict) -> None:
        """Evidence names its person and credential."""
        proofs = (proof("password@1m"), proof("totp@1m", **changes))
        assert ask(PLAIN, proofs=proofs, acr_values=(MFA,)).outcome is CHALLENGE

    def test_evidence_of_a_factor_that_is_off_does_not_count(self) -> None:
        """A factor not listed is off."""
        bundle = a_bundle(factors="factors: {first: [password], order: [password, totp]}\n")
        assert ask(bundle, "password sms", "password sms", acr_values=(MFA,)).outcome is DENY

    def test_others_count_only_beside_a_counting_first_proof(self) -> None:
        """A code alone opens nothing."""
        assert ask(PLAIN, proofs="totp@here").assurance is None

    def test_proofs_on_one_channel_count_as_one(self) -> None:
        """A password reset over a number and a code to that number are one proof."""
        proofs = (proof("password", channel="sms:1"), proof("sms"))
        enrolled = (credential("password", channel="sms:1"), credential("sms"))
        assert ask(PLAIN, enrolled, proofs, acr_values=(TWO,)).outcome is DENY
        assert ask(PLAIN, "password sms", "password sms", acr_values=(TWO,)).outcome is ALLOW

    @pytest.mark.parametrize(("hold", "outcome"), [("1h", CHALLENGE), ("0s", ALLOW)])
    def test_a_factor_younger_than_hold_counts_for_no_level_above_in_flow(self, hold: str, outcome: Outcome) -> None:
        """It counts up to that level."""
        bundle = a_bundle(rest=f"enrolment: {{in_flow: {TWO}, hold: {hold}}}\n")
        enrolled = (credential("password"), credential("totp", since=proof("x@10m").at), credential("sms"))
        assert ask(bundle, enrolled, "password totp", acr_values=(TWO,)).outcome is ALLOW
        assert ask(bundle, enrolled, "password totp", acr_values=(MFA,)).outcome is outcome

    def test_while_a_recovery_cools_off_no_level_above_two_steps_holds(self) -> None:
        """Nor while it is unknown whether one does."""
        for value in (True, Mark.UNKNOWN):
            facts = {"user.recovering": value}
            assert ask(PLAIN, proofs="password totp", facts=facts, acr_values=(MFA,)).outcome is DENY
            assert ask(PLAIN, proofs="password totp", facts=facts).assurance.acr == TWO
        assert ask(PLAIN, proofs="password totp", facts={"user.recovering": False}).assurance.acr == MFA

    def test_evidence_of_somebody_else_than_whom_the_demand_names_does_not_count(self) -> None:
        """id_token_hint: nobody else may answer (OIDC Core 1.0 §3.1.2.1)."""
        decision = ask(PLAIN, proofs="password", subject="bob")
        assert (decision.outcome, decision.options, decision.error) == (CHALLENGE, (), "login_required")
        assert ask(PLAIN, proofs="password", subject="ada").outcome is ALLOW


class TestTrustedDeviceAndLowRiskAreFacts:
    """§3.5"""

    bundle = a_bundle("{id: a, unless: {device.trusted: {eq: true}}, require: {acr: mfa}}")

    @pytest.mark.parametrize(
        ("facts", "outcome"),
        [
            ({"device.trusted": True}, ALLOW),
            ({"device.trusted": True, "risk.band": "low"}, ALLOW),
            ({"device.trusted": True, "risk.band": "high"}, CHALLENGE),
            ({"device.trusted": True, "risk.band": Mark.UNKNOWN}, CHALLENGE),
            ({"device.trusted": False}, CHALLENGE),
            ({}, CHALLENGE),
        ],
    )
    def test_they_excuse_only_where_an_unless_names_them(self, facts: dict, outcome: Outcome) -> None:
        """device.trusted is false while risk is high."""
        assert ask(self.bundle, proofs="password", facts=facts).outcome is outcome

    def test_they_never_raise_acr_and_never_answer_a_relying_party(self) -> None:
        """A trusted device signs in at the first level, with the proof that was given."""
        decision = ask(self.bundle, proofs="password", facts={"device.trusted": True, "risk.band": "low"})
        assert (decision.assurance.acr, decision.assurance.amr) == (FIRST, ("pwd",))
        assert (
            ask(self.bundle, proofs="password", facts={"device.trusted": True}, acr_values=("mfa",)).outcome
            is CHALLENGE
        )
