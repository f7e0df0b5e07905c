"""What only a fresh full success changes: budgets, the browser, the password's channel, a report.

Everything here is written in the transaction that ends the interaction. Whoever brings no proof of this interaction
changes nothing of it.
"""

from datetime import timedelta

from idp.core.assurance import Evidence
from idp.core.tokens import Tokens
from idp.login import budget, letters, trusting
from idp.login.establish import note_device
from idp.login.lost import LostError
from idp.login.lost_factors import is_second
from idp.login.recovery.cooling import PERSON
from idp.login.situation import Situation, device_in
from idp.login.standing import Standing
from idp.login.telling import Occasion, Telling
from idp.login.trusting import Trust
from idp.policy.trusting import is_earned
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.cookies import CookieChange, Jar

DEVICE_LASTS = timedelta(days=400)
"""As long as browsers keep any cookie (RFC 6265bis §5.5)."""


class Succeeding:
    """Notes successes."""

    def __init__(self, *, telling: Telling, tokens: Tokens) -> None:
        self._telling = telling
        self._tokens = tokens

    def note(self, tx: Tx, standing: Standing, user: User, proofs: tuple[Evidence, ...]) -> tuple[CookieChange, ...]:
        """Note what these proofs change, and return what the browser must be told. Raises LostError.

        A budget is cleared by proofs of its own family alone: the right password never clears failed codes (OTP-07).
        """
        if not proofs:
            return ()
        situation = standing.situation
        families = budget.families_of((proof.factor for proof in proofs), situation.bundle.traits)
        device = device_in(tx, situation, user)
        budget.clear(tx, families, user, device)
        users.note_sign_in(tx, user.id, situation.now)
        if device is None and user.signed_in_at is not None:
            self._telling.tell(tx, user, letters.new_device, Occasion.of(situation.browser, situation.now))
        _note_two_channels(tx, standing, user)
        _note_second_step(tx, situation, user)
        known = note_device(tx, situation, user, proofs, known=device, tokens=self._tokens)
        value = trusting.cookie(known, self._trusts(tx, standing, user))
        return (CookieChange(jar=Jar.DEVICE, value=value, lasts=DEVICE_LASTS),)

    def _trusts(self, tx: Tx, standing: Standing, user: User) -> tuple[Trust, ...]:
        """Return by what the browser is trusted from now on. Raises LostError when somebody else used the trust up."""
        situation = standing.situation
        browser, now = situation.browser, situation.now
        if situation.trusted is not None:
            rotated = trusting.used(tx, situation.trusted, browser, tokens=self._tokens, now=now)
            if rotated is None:
                raise LostError
            return rotated
        if situation.interaction.trust_wished_at is not None and _is_earned(standing):
            return trusting.given(tx, user, browser, tokens=self._tokens, now=now)
        return trusting.trusts_of(browser)


def _is_earned(standing: Standing) -> bool:
    situation = standing.situation
    return is_earned(
        situation.bundle,
        standing.decision,
        situation.facts(),
        situation.evidence,
        situation.enrolled,
        now=situation.now,
    )


def _note_second_step(tx: Tx, situation: Situation, user: User) -> None:
    """Note that whoever was asked to set up a second step has one: nothing but that ends the demand, or who made it."""
    held = (credential.factor for credential in situation.credentials)
    if user.must_enrol_at is not None and any(is_second(factor, situation.bundle.traits) for factor in held):
        users.set_must_enrol(tx, user.id, None)
        event = Event(
            name="user.enrolment.done",
            at=situation.now,
            user_id=user.id,
            client_id=situation.interaction.demand.client_id,
            interaction_id=situation.interaction.id,
            address=situation.browser.address,
        )
        audit.add(tx, event)


def _note_two_channels(tx: Tx, standing: Standing, user: User) -> None:
    """Note what proofs on two channels change: a report is answered, a reset password is the person's own again."""
    counted = standing.decision.counted
    if len({proof.channel for proof in counted}) < 2:
        return
    if user.reported_at is not None:
        users.set_reported(tx, user.id, None)
    for proof in counted:
        if proof.factor == budget.PASSWORD and proof.channel != PERSON:
            credentials.set_channel(tx, proof.credential_id, PERSON)
