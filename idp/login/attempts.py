"""One answer to one question: reserve, verify, settle (architecture.md §4).

*Reserve*: the attempt is counted and committed before the answer is looked at. *Verify*: outside any transaction, slow
hashes in the lane. *Settle*: in one transaction, what was used up is spent by a conditional write, the interaction
moves on by its version, and where it is finished everything that follows is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from msgspec import structs

from idp.core.assurance import Evidence
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors.base import Ceremonial, Credential, Enrollable, Factor, Verified
from idp.factors.base import Challenge as FactorChallenge
from idp.login import budget, sender, store
from idp.login.challenges import Kept, kept_of, without
from idp.login.closing import event_of
from idp.login.lost import LostError
from idp.login.model import Interaction
from idp.login.recovery.completing import Completing
from idp.login.setting_up import LABEL, Passed, finish, label_of
from idp.login.situation import Situation, known_device
from idp.records.audit import store as audit
from idp.records.throttle import store as throttle
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import MAX_TYPED, User
from idp.storage.tx import Tx

_TELLING = (Reason.CODE_MALFORMED, Reason.CODE_MISMATCH, Reason.CODE_EXPIRED, Reason.CODE_USED)
"""Of what several credentials say of one answer, the last of these helps most."""
TRUST = "trust_device"
"""The form field by which a person wishes that this browser be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An answer, whose it claims to be, and what it is compared with."""

    factor: Factor
    verb: str
    """What audit events call it: `login` for the first proof, `challenge` for one more, `enrol` for setting up."""
    user: User | None
    credentials: tuple[Credential, ...] = field(repr=False)
    key: str
    """The budget it counts in; empty: it is none that could be guessed, and counts nowhere."""
    challenge: FactorChallenge
    answer: str = field(repr=False)
    tries_key: str = ""
    """Where what was sent has tries of its own: the key that counts them."""
    is_quiet: bool = False
    """Whether the browser has set it up by itself: nobody was there, and nothing is proved by it."""
    quietly: str = ""
    """A factor that the browser says it can set up by itself."""
    wishes_trust: bool = False
    """Whether this browser is to be trusted, should the answer be right and suffice (ENR-20)."""
    enrols: Enrollable | None = None
    """The factor that this attempt would set up."""
    label: str = ""
    """What the person calls it."""

    @property
    def may_be_empty(self) -> bool:
        """Whether there is nothing to type."""
        return self.enrols is not None and not self.enrols.is_proof


def identify(
    tx: Tx, situation: Situation, form: Mapping[str, str], factor: Factor, *, completing: Completing
) -> Attempt:
    """Return the attempt of somebody who says who they are. Whoever does not exist or may not is nobody alike."""
    username = form.get("username", "")
    user = users.get_by_username(tx, username)
    user = completing.settled(tx, user, situation.now) if user and user.disabled_at is None else None
    if user is None:
        key = budget.key_of_nobody(username[:MAX_TYPED])
    else:
        key = budget.key_of(budget.PASSWORD, user, known_device(tx, user, situation.browser))
    held = _held(credentials.list_credentials(tx, user.id) if user else (), factor)
    return Attempt(
        factor=factor,
        verb="login",
        user=user,
        credentials=held,
        key=key,
        challenge=FactorChallenge(),
        answer=form.get(factor.input_name, ""),
    )


def challenge(
    situation: Situation, user: User, form: Mapping[str, str], factor: Factor, *, ceremonial: Ceremonial | None
) -> Attempt:
    """Return the attempt of somebody who is known: whom it concerns comes from the stored interaction (ACR-11)."""
    interaction = situation.interaction
    kept, held = kept_of(interaction, factor.name), _held(situation.credentials, factor)
    if ceremonial is not None:
        named = ceremonial.key_hash_in(form.get(factor.input_name, ""))
        held = tuple(credential for credential in held if credential.key_hash == named)
    elif kept is not None and interaction.challenge_credential:
        held = tuple(credential for credential in held if credential.id == interaction.challenge_credential)
    return Attempt(
        factor=factor,
        verb="challenge",
        user=user,
        credentials=held,
        key=_key(situation, user, factor),
        challenge=(kept or Kept()).challenge,
        answer=form.get(factor.input_name, ""),
        tries_key=_tries_key(interaction, factor),
        wishes_trust=form.get(TRUST) == "1",
    )


def enrolment(
    situation: Situation, user: User, form: Mapping[str, str], factor: Factor, enrols: Enrollable
) -> Attempt | None:
    """Return the attempt to prove what is being set up; None when nothing is yet."""
    kept = kept_of(situation.interaction, factor.name)
    if kept is None or situation.interaction.challenge_credential:
        return None
    return Attempt(
        factor=factor,
        verb="enrol",
        user=user,
        credentials=(),
        key=_key(situation, user, factor),
        challenge=kept.challenge,
        answer=form.get(factor.input_name, ""),
        tries_key=_tries_key(situation.interaction, factor),
        enrols=enrols,
        label=label_of(form.get(LABEL, "")) or _label_of_replaced(situation, factor),
    )


def reserve(tx: Tx, attempt: Attempt, situation: Situation) -> Rejected | None:
    """Count the attempt in advance. Raises LostError, counting nothing, when the interaction has moved since."""
    if attempt.may_be_empty:
        return None
    reserved = budget.reserve(tx, attempt.key, locks=situation.bundle.locks, now=situation.now) if attempt.key else None
    if not store.is_as_read(tx, situation.interaction):
        raise LostError
    if reserved is not None and not reserved.allowed:
        return Rejected(Reason.TOO_MANY_ATTEMPTS, reserved.until)
    return _reserve_try(tx, attempt, situation)


def _reserve_try(tx: Tx, attempt: Attempt, situation: Situation) -> Rejected | None:
    """Count a try at what was sent; those of one interaction are few, over all that is sent (F3)."""
    limits = attempt.factor.sending
    if limits is None or not attempt.tries_key:
        return None
    counted = throttle.reserve(
        tx,
        attempt.tries_key,
        now=situation.now,
        after=limits.attempts + 1,
        lock_for=limits.per,
        ceiling=limits.attempts,
    )
    return None if counted.allowed else Rejected(Reason.TOO_MANY_ATTEMPTS)


def verify(attempt: Attempt, *, tokens: Tokens, now: datetime) -> Passed | Rejected:
    """Check the answer against each credential of the factor; without any the same work is done and refused."""
    if attempt.enrols is not None and attempt.user is not None:
        passed = finish(
            attempt.enrols, attempt.user, attempt.challenge, attempt.answer, credential_id=tokens.new_id(), now=now
        )
        if isinstance(passed, Rejected) or not attempt.label:
            return passed
        return replace(passed, credential=replace(passed.credential, label=attempt.label))
    rejected = Rejected(Reason.FACTOR_NOT_ENROLLED)
    for credential in attempt.credentials or (None,):
        result = attempt.factor.verify(credential, attempt.challenge, attempt.answer, now=now)
        if isinstance(result, Rejected):
            rejected = max(rejected, result, key=_telling)
        elif credential is not None:
            return Passed(credential=credential, verified=result)
    return rejected


def _telling(rejected: Rejected) -> int:
    """Return how much a refusal helps: that there is no credential says least."""
    if rejected.reason is Reason.FACTOR_NOT_ENROLLED:
        return -1
    return _TELLING.index(rejected.reason) + 1 if rejected.reason in _TELLING else 0


def proved(
    interaction: Interaction, user: User, credential: Credential, verified: Verified, now: datetime
) -> Interaction:
    """Return the interaction with one more proof; whoever it was not about before brings nothing along (ACR-09)."""
    proof = Evidence(
        factor=credential.factor,
        at=now,
        user_id=user.id,
        credential_id=credential.id,
        interaction_id=interaction.id,
        channel=credential.channel,
        properties=credential.properties if verified.properties is None else verified.properties,
    )
    is_same = interaction.user_id == user.id
    return structs.replace(
        without(interaction),
        user_id=user.id,
        session_id=interaction.session_id if is_same else None,
        evidence=(*(interaction.evidence if is_same else ()), proof),
        consented=interaction.consented if is_same else (),
        prompted_consent=interaction.prompted_consent and is_same,
        trust_wished_at=interaction.trust_wished_at if is_same else None,
    )


def note(tx: Tx, attempt: Attempt, situation: Situation, outcome: str, reason: str = "") -> None:
    """Write the audit event of an attempt; what was typed is never in it."""
    name = f"{attempt.verb}.{attempt.factor.name}.{outcome}"
    details = {"reason": reason} if reason else {}
    audit.add(tx, event_of(name, situation, user_id=attempt.user.id if attempt.user else "", details=details))


def _key(situation: Situation, user: User, factor: Factor) -> str:
    family, traits = budget.family_of(factor.name), situation.bundle.traits
    if not budget.is_guessable(factor.name, traits):
        return ""
    return budget.key_of(family, user, budget.device_of(family, situation.device, situation.credentials, traits))


def _label_of_replaced(situation: Situation, factor: Factor) -> str:
    """Return what the person calls what is being replaced: the name stays with its place."""
    replaced = situation.interaction.replaced_by(factor.name)
    return next((each.label for each in situation.credentials if each.id == replaced), "")


def _tries_key(interaction: Interaction, factor: Factor) -> str:
    return sender.tries_key(interaction.id, sender.about_of(interaction)) if factor.sending else ""


def _held(held: tuple[Credential, ...], factor: Factor) -> tuple[Credential, ...]:
    return tuple(credential for credential in held if credential.factor == factor.name)
