"""`next_step`: the one place that says what must happen next."""

import pytest

from idp.login.model import Challenge, Consent, Enroll, Finish, Identify, Lengthen, Refuse, Step
from idp.login.steps import next_step
from idp.policy.model import Decision, Outcome, Requirement

FIRST = ("password", "passkey")


def a_decision(outcome: Outcome, **changes: object) -> Decision:
    values: dict[str, object] = {"outcome": outcome, "required": Requirement(acr=("a",)), "assurance": None}
    return Decision(**{**values, **changes})  # type: ignore[arg-type]


def step(
    decision: Decision,
    *,
    is_known: bool = True,
    chosen: str = "",
    consent: tuple[str, ...] = (),
    further: tuple[str, ...] = (),
    quietly: str = "",
    lengthen: Lengthen | None = None,
) -> Step:
    return next_step(
        decision,
        is_known=is_known,
        first=FIRST,
        chosen=chosen,
        consent=consent,
        further=further,
        quietly=quietly,
        lengthen=lengthen,
    )


LONGER = Lengthen(shortest=15, may_enrol=True)
OPTIONS = (("totp",), ("sms",), ("password", "email"), ("password", "voice"))


@pytest.mark.parametrize(
    ("decision", "asked", "expected"),
    [
        (a_decision(Outcome.CHALLENGE), {"is_known": False}, Identify(first=FIRST)),
        (a_decision(Outcome.CHALLENGE, options=OPTIONS), {"is_known": False}, Identify(first=FIRST)),
        (a_decision(Outcome.CHALLENGE), {}, Identify(first=FIRST)),
        (
            a_decision(Outcome.CHALLENGE, options=OPTIONS, error="interaction_required"),
            {},
            Challenge(factor="totp", others=("sms", "password"), error="interaction_required"),
        ),
        (
            a_decision(Outcome.CHALLENGE, options=OPTIONS, error="login_required"),
            {"chosen": "sms"},
            Challenge(factor="sms", others=("totp", "password"), error="login_required"),
        ),
        (
            a_decision(Outcome.CHALLENGE, options=OPTIONS, error="login_required"),
            {"chosen": "email"},
            Challenge(factor="totp", others=("sms", "password"), error="login_required"),
        ),
        (
            a_decision(Outcome.CHALLENGE, options=(("totp",),)),
            {"consent": ("email",)},
            Challenge(factor="totp", others=(), error=""),
        ),
        (
            a_decision(Outcome.ENROL, options=(("totp",), ("sms",))),
            {},
            Enroll(factors=("totp", "sms"), skippable=False),
        ),
        (
            a_decision(Outcome.ENROL, options=(("totp",),), skippable=True),
            {},
            Enroll(factors=("totp",), skippable=True, factor="totp"),
        ),
        (
            a_decision(Outcome.ENROL, options=(("totp",), ("sms",))),
            {"chosen": "sms"},
            Enroll(factors=("totp", "sms"), skippable=False, factor="sms"),
        ),
        (
            a_decision(Outcome.ALLOW),
            {"further": ("backup_code",), "consent": ("email",)},
            Enroll(factors=("backup_code",), skippable=True, factor="backup_code"),
        ),
        (
            a_decision(Outcome.ALLOW),
            {"further": ("passkey", "totp"), "chosen": "totp"},
            Enroll(factors=("passkey", "totp"), skippable=True, factor="totp"),
        ),
        (
            a_decision(Outcome.CHALLENGE, options=(("email",),), skippable=True),
            {"further": ("totp",)},
            Challenge(factor="email", others=(), skippable=True, error=""),
        ),
        (a_decision(Outcome.DENY, reason="r", error="access_denied"), {}, Refuse(reason="r", error="access_denied")),
        (
            a_decision(Outcome.DENY, reason="r", error="e"),
            {"is_known": False, "consent": ("x",)},
            Refuse(reason="r", error="e"),
        ),
        (a_decision(Outcome.ALLOW), {"lengthen": LONGER, "consent": ("email",)}, LONGER),
        (
            a_decision(Outcome.ALLOW),
            {"lengthen": LONGER, "further": ("totp",)},
            Enroll(factors=("totp",), skippable=True, factor="totp"),
        ),
        (a_decision(Outcome.DENY, reason="r", error="e"), {"lengthen": LONGER}, Refuse(reason="r", error="e")),
        (a_decision(Outcome.ALLOW), {}, Finish()),
        (a_decision(Outcome.ALLOW), {"consent": ("email", "phone")}, Consent(scopes=("email", "phone"))),
    ],
    ids=[
        "nobody known",
        "nobody known, whatever the options",
        "known, but the demand names another",
        "the best option",
        "the one chosen",
        "a choice that begins no option",
        "consent comes last",
        "enrolment",
        "one that may be put off",
        "the one taken",
        "what is wished beside it",
        "one of several that may be set up",
        "a proof before what may be put off",
        "refusal",
        "refusal of a stranger",
        "a longer password before consent",
        "what is set up instead of a longer password",
        "refusal, whatever the password",
        "nothing is missing",
        "consent",
    ],
)
def test_next_step(decision: Decision, asked: dict, expected: Step) -> None:
    """Refusal, then who it is, then proofs, then enrolment, then consent; then it is finished."""
    assert step(decision, **asked) == expected


@pytest.mark.parametrize(
    ("found", "error"),
    [
        (Identify(first=FIRST), "login_required"),
        (Challenge(factor="totp", others=(), error="interaction_required"), "interaction_required"),
        (Enroll(factors=("totp",), skippable=False), "interaction_required"),
        (LONGER, "interaction_required"),
        (Consent(scopes=("email",)), "consent_required"),
        (Refuse(reason="r", error="access_denied"), "access_denied"),
        (Finish(), ""),
    ],
)
def test_every_step_names_its_error_for_prompt_none(found: Step, error: str) -> None:
    """OIDC Core 1.0 §3.1.2.6."""
    assert found.error == error


@pytest.mark.parametrize("outcome", list(Outcome))
def test_next_step_shows_what_took_the_place_of_a_used_code_first(outcome: Outcome) -> None:
    """Whatever else follows, a refusal too: whoever did not see it would be left without (F8)."""
    decision = a_decision(outcome, options=OPTIONS)
    shown = next_step(decision, is_known=True, first=FIRST, chosen="totp", consent=("email",), unseen="recovery_code")
    assert shown == Enroll(factors=("recovery_code",), skippable=False, factor="recovery_code")
    stranger = next_step(decision, is_known=False, first=FIRST, chosen="", consent=(), unseen="recovery_code")
    assert stranger == next_step(decision, is_known=False, first=FIRST, chosen="", consent=())


def test_step_that_the_browser_takes_by_itself() -> None:
    """Once all is proved, before consent; never in the place of what is asked or wished."""
    quiet = Enroll(factors=("passkey",), skippable=True, factor="passkey", is_quiet=True)
    allowed = a_decision(Outcome.ALLOW)
    assert step(allowed, quietly="passkey", consent=("email",)) == quiet
    assert step(allowed, quietly="passkey", further=("totp",)) == step(allowed, further=("totp",))
    asked = a_decision(Outcome.CHALLENGE, options=OPTIONS)
    assert step(asked, quietly="passkey") == step(asked)
