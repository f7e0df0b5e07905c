"""Trusted browsers, recoveries, resets and temporary codes under the shipped default bundle (policy.md §2, §3)."""

from pathlib import Path

import pytest

from idp.policy.loader import load_path
from idp.policy.model import Enrolled, Outcome
from tests.policy.kit import FIRST, MFA, TRAITS, TWO, ask, credential, options_of, proof

ALLOW, CHALLENGE, ENROL, DENY = Outcome.ALLOW, Outcome.CHALLENGE, Outcome.ENROL, Outcome.DENY
DEFAULT = load_path(Path(__file__).parents[2] / "policies" / "default.yaml", traits=TRAITS)
TRUSTED, RECOVERING = {"device.trusted": True}, {"user.recovering": True}
REPORTED = {"user.reported": True, "risk.band": "high"}
MAILBOX = "mailbox:ada@example.com"


@pytest.mark.parametrize(
    ("facts", "demand", "outcome", "options"),
    [
        ({}, {}, CHALLENGE, "totp"),
        (TRUSTED, {}, ALLOW, ""),
        (TRUSTED | REPORTED, {}, CHALLENGE, "totp"),
        (TRUSTED, {"acr_values": (MFA,)}, CHALLENGE, "totp"),
        (TRUSTED, {"essential_acr": ("mfa",)}, CHALLENGE, "totp"),
        (TRUSTED, {"actions": ("account.factors",)}, CHALLENGE, "totp"),
        (TRUSTED, {"actions": ("account.password",)}, CHALLENGE, "totp"),
        (TRUSTED | RECOVERING, {}, ALLOW, ""),
    ],
)
def test_trusted_browser_excuses_from_policy_alone(facts: dict, demand: dict, outcome: Outcome, options: str) -> None:
    """It excuses from what policy itself added, never from what an application or an action asks (ACR-24)."""
    decision = ask(DEFAULT, "password totp", "password@here", facts=facts, **demand)
    assert (decision.outcome, options_of(decision)) == (outcome, options)
    if outcome is ALLOW:
        assert (decision.assurance.acr, decision.assurance.amr) == (FIRST, ("pwd",))


@pytest.mark.parametrize(
    ("enrolled", "proofs", "demand", "outcome", "acr"),
    [
        ("password email", "password@here", {}, ALLOW, FIRST),
        ("password email", "password@here email@here", {"acr_values": (TWO,)}, ALLOW, TWO),
        ("password email", "password@here email@here", {"acr_values": (MFA,)}, DENY, TWO),
        ("password totp", "password@here totp@here", {"acr_values": (MFA,)}, DENY, TWO),
        ("passkey", "passkey@here", {"acr_values": (MFA,)}, DENY, TWO),
    ],
)
def test_nothing_above_two_steps_holds_while_a_recovery_cools_off(
    enrolled: str, proofs: str, demand: dict, outcome: Outcome, acr: str
) -> None:
    """Whatever was proved; nor may anything be enrolled to get there (policy.md §3, last line)."""
    decision = ask(DEFAULT, enrolled, proofs, facts=RECOVERING, enrollable="totp sms", **demand)
    assert (decision.outcome, decision.assurance.acr) == (outcome, acr)


def reset(*beside: str) -> tuple[Enrolled, ...]:
    """Return a password that was reset by mail, the mailbox, and what else there is."""
    mailed = (credential("password", channel=MAILBOX), credential("email", channel=MAILBOX))
    return (*mailed, *(credential(name) for name in beside))


def test_reset_password_and_its_mailbox_are_one_channel() -> None:
    """policy.md §2: together they are no two steps, and let nobody enrol."""
    proofs = (proof("password@here", channel=MAILBOX), proof("email@here", channel=MAILBOX))
    for asked in (TWO, MFA):
        decision = ask(DEFAULT, reset(), proofs, acr_values=(asked,), enrollable="totp")
        assert (decision.outcome, decision.assurance.acr) == (DENY, FIRST)


def test_reset_password_beside_an_app_is_multi_factor() -> None:
    """The app is another channel and another kind."""
    proofs = (proof("password@here", channel=MAILBOX), proof("totp@here"))
    decision = ask(DEFAULT, reset("totp"), proofs, acr_values=(MFA,))
    assert (decision.outcome, decision.assurance.acr) == (ALLOW, MFA)


@pytest.mark.parametrize("channel", ["person", MAILBOX], ids=["own password", "reset password"])
def test_temporary_code_lets_one_enrol_and_is_never_multi_factor(channel: str) -> None:
    """Beside a password it is two steps, whichever channel the password has."""
    held = (credential("password", channel=channel), credential("temporary_code", channel="issuer"))
    given = (proof("password@here", channel=channel), proof("temporary_code@here", channel="issuer"))
    assert ask(DEFAULT, held, given, acr_values=(TWO,)).assurance.acr == TWO
    decision = ask(DEFAULT, held, given, acr_values=(MFA,), enrollable="totp")
    assert (decision.outcome, options_of(decision)) == (ENROL, "totp")
    assert ask(DEFAULT, held, given, acr_values=(MFA,)).outcome is DENY
