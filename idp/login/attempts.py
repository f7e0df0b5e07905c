"""One answer to one question: reserve, verify, settle (architecture.md §4).

*Reserve*: the attempt is counted and committed before the answer is looked at. *Verify*: outside any transaction, slow
hashes in the lane. *Settle*: in one transaction, what was used up is spent by a conditional write, the interaction
moves on by its version, and where it is finished everything that follows is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from idp.core.assurance import Evidence
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.factors.base import Challenge as FactorChallenge
from idp.factors.base import Credential, Factor, Verified
from idp.login import budget, store
from idp.login.closing import LostError, event_of
from idp.login.model import Challenge, Identify, Interaction
from idp.login.situation import Situation, known_device
from idp.login.standing import Standing
from idp.records.audit import store as audit
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.tx import Tx

MAX_USERNAME = 256
"""Characters; nobody's name is longer, and looking for one would be waste."""


class SpentError(Exception):
    """What the answer would use up has been used up already: nothing of this settling may stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An answer, whose it claims to be, and what it is compared with."""

    factor: Factor
    verb: str
    """What audit events call it: `login` for the first proof, `challenge` for one more."""
    user: User | None
    credentials: tuple[Credential, ...] = field(repr=False)
    key: str
    """The budget it counts in."""
    state: bytes = field(repr=False)
    answer: str = field(repr=False)


def identify(tx: Tx, situation: Situation, form: Mapping[str, str], factor: Factor) -> Attempt:
    """Return the attempt of somebody who says who they are. Whoever does not exist or may not is nobody alike."""
    username = form.get("username", "")
    user = users.get_by_username(tx, username) if len(username) <= MAX_USERNAME else None
    if user is not None and user.disabled_at is not None:
        user = None
    if user is None:
        key = budget.key_of_nobody(username[:MAX_USERNAME])
    else:
        key = budget.key_of(budget.family_of(factor.name), user, known_device(tx, user, situation.browser))
    held = _held(credentials.list_credentials(tx, user.id) if user else (), factor)
    answer = form.get(factor.input_name, "")
    return Attempt(factor=factor, verb="login", user=user, credentials=held, key=key, state=b"", answer=answer)


def challenge(situation: Situation, user: User, form: Mapping[str, str], factor: Factor) -> Attempt:
    """Return the attempt of somebody who is known: whom it concerns comes from the stored interaction (ACR-11)."""
    return Attempt(
        factor=factor,
        verb="challenge",
        user=user,
        credentials=_held(situation.credentials, factor),
        key=budget.key_of(budget.family_of(factor.name), user, situation.device),
        state=situation.interaction.challenge_state,
        answer=form.get(factor.input_name, ""),
    )


def reserve(tx: Tx, attempt: Attempt, situation: Situation) -> Rejected | None:
    """Count the attempt in advance. Raises LostError, counting nothing, when the interaction has moved since."""
    reserved = budget.reserve(tx, attempt.key, locks=situation.bundle.locks, now=situation.now)
    present = store.get(tx, situation.interaction.id)
    if present is None or present.version != situation.interaction.version or present.finished_at:
        raise LostError
    return None if reserved.allowed else Rejected(Reason.TOO_MANY_ATTEMPTS, reserved.until)


def verify(attempt: Attempt, *, now: datetime) -> tuple[Credential, Verified] | Rejected:
    """Check the answer against each credential of the factor; without any the same work is done and refused."""
    question = FactorChallenge(state=attempt.state)
    rejected = Rejected(Reason.FACTOR_NOT_ENROLLED)
    for credential in attempt.credentials or (None,):
        result = attempt.factor.verify(credential, question, attempt.answer, now=now)
        if isinstance(result, Rejected):
            rejected = result
        elif credential is not None:
            return credential, result
    return rejected


def spend(tx: Tx, credential: Credential, verified: Verified, now: datetime) -> None:
    """Use up what the answer uses up, by one conditional write. Raises SpentError: somebody was faster (OTP-01)."""
    if verified.step is not None and not credentials.advance_step(tx, credential.id, verified.step, now):
        raise SpentError
    if verified.material is not None:
        credentials.replace_material(tx, credential.id, verified.material)
    credentials.note_used(tx, credential.id, now)


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
        properties=credential.properties | verified.properties,
    )
    is_same = interaction.user_id == user.id
    return replace(
        interaction,
        user_id=user.id,
        session_id=interaction.session_id if is_same else None,
        evidence=(*(interaction.evidence if is_same else ()), proof),
        chosen="",
        challenge_factor="",
        challenge_credential="",
        challenge_state=b"",
    )


def note(tx: Tx, attempt: Attempt, situation: Situation, outcome: str, reason: str = "") -> None:
    """Write the audit event of an attempt; what was typed is never in it."""
    name = f"{attempt.verb}.{attempt.factor.name}.{outcome}"
    details = {"reason": reason} if reason else {}
    audit.add(tx, event_of(name, situation, user_id=attempt.user.id if attempt.user else "", details=details))


def factor_of(standing: Standing, factors: Mapping[str, Factor]) -> Factor | None:
    """Return the factor that the page now shown asks for."""
    match standing.step:
        case Identify(first=first):
            return factors.get(budget.PASSWORD) if budget.PASSWORD in first else None
        case Challenge(factor=name):
            return factors.get(name)
    return None


def _held(held: tuple[Credential, ...], factor: Factor) -> tuple[Credential, ...]:
    return tuple(credential for credential in held if credential.factor == factor.name)
