"""Setting up a factor inside an interaction (E1, E2): begun, proved, kept; or put off.

Which factors may be set up, and what must be proved before, is the policy's answer (policy.md §3.7); here it is carried
out. What is being set up lives in the interaction alone until its first good answer; only then is what it replaces
removed. Setting up a list of backup codes voids the one before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from idp.core.errors import Rejected
from idp.core.tokens import Tokens
from idp.factors.base import (
    Ceremonial,
    Challenge,
    Credential,
    Enrollable,
    NewCredential,
    Person,
    Rotation,
    Verified,
)
from idp.factors.issued import CHANNEL as ISSUER
from idp.login.challenges import ANY, keeping, kept_of
from idp.login.model import Enroll, Interaction
from idp.login.standing import Standing
from idp.policy.model import Outcome
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.errors import ConflictError
from idp.storage.tx import Tx

LABEL = "label"
"""The form field that says what a person calls what they set up."""
MAX_LABEL = 60
"""Characters."""


class TakenError(Exception):
    """What would be set up is somebody's already: nothing of this settling may stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """An accepted answer: by which credential, what it uses up, and what is to be stored first."""

    credential: Credential
    verified: Verified = field(default_factory=Verified)
    new: NewCredential | None = None

    @property
    def is_for_good(self) -> bool:
        """Whether it must survive a loss of power: a factor that is new, a code of a list, a ticket.

        What else is used up is worth nothing by the time a machine is up again (an app's code, what was sent), or never
        was outside of its interaction (a passkey's challenge).
        """
        return self.new is not None or bool(self.verified.code_hash) or self.credential.channel == ISSUER


def person_of(user: User) -> Person:
    """Return what a factor may know of somebody."""
    return Person(
        id=user.id, username=user.username, display_name=user.display_name, email=user.email, phone=user.phone
    )


def label_of(typed: str) -> str:
    """Return a name as it is kept: one line, not too long."""
    return " ".join(typed.split())[:MAX_LABEL]


def begin(
    factor: Enrollable,
    user: User,
    form: Mapping[str, str],
    held: Iterable[Credential],
    *,
    is_quiet: bool = False,
    tokens: Tokens,
    now: datetime,
) -> Challenge | Rejected:
    """Begin to set up a factor with what was typed, beside those of its kind that are held."""
    if isinstance(factor, Ceremonial):
        beside = [credential for credential in held if credential.factor == factor.name]
        return factor.enroll_begin_beside(person_of(user), beside, is_quiet=is_quiet, tokens=tokens, now=now)
    typed = form.get(factor.typed_name, "") if factor.typed_name else ""
    return factor.enroll_begin(person_of(user), typed=typed, tokens=tokens, now=now)


def finish(
    factor: Enrollable, user: User, challenge: Challenge, answer: str, *, credential_id: str, now: datetime
) -> Passed | Rejected:
    """Return the credential that a good answer makes."""
    new = factor.enroll_finish(person_of(user), challenge, answer, now=now)
    if isinstance(new, Rejected):
        return new
    credential = new.bound(factor.name, credential_id=credential_id, user_id=user.id, now=now)
    return Passed(credential=credential, new=new)


def prepared(standing: Standing, *, tokens: Tokens) -> Interaction | None:
    """Return the interaction with the only factor there is to set up begun, where nobody has to say more.

    None: nothing is to be prepared.
    """
    step, situation = standing.step, standing.situation
    if not isinstance(step, Enroll) or situation.user is None or _is_begun(situation.interaction, step.factor):
        return None
    factor = standing.installed.enrollable_factor(step.factor)
    if factor is None or factor.typed_name:
        return None
    begun = begin(
        factor, situation.user, {}, situation.credentials, is_quiet=step.is_quiet, tokens=tokens, now=situation.now
    )
    return None if isinstance(begun, Rejected) else keeping(situation.interaction, begun, factor=factor.name)


def _is_begun(interaction: Interaction, factor: str) -> bool:
    return kept_of(interaction, factor) is not None and interaction.challenge_credential != ANY


def store(tx: Tx, standing: Standing, passed: Passed) -> None:
    """Store what was set up, in the place of what it replaces. Raises TakenError for what is somebody's (WAN-10)."""
    if passed.new is None:
        return
    replaced = standing.situation.interaction.replaced_by(passed.credential.factor)
    if passed.new.code_hashes:
        _void_lists(tx, standing, passed.credential)
    elif replaced is not None:
        credentials.remove_credential(tx, replaced, passed.credential.user_id)
    try:
        credentials.add_credential(tx, passed.credential)
    except ConflictError as error:
        raise TakenError from error
    if passed.new.code_hashes:
        backup_codes.add_codes(tx, passed.credential.id, passed.new.code_hashes)


def rotate(tx: Tx, credential: Credential, rotation: Rotation | None) -> None:
    """Keep what takes the place of a used-up answer, under the same credential, so that what it proved still counts."""
    if rotation is not None:
        credentials.replace_material(tx, credential.id, rotation.new.material)
        backup_codes.add_codes(tx, credential.id, rotation.new.code_hashes)


def further(standing: Standing, factor: Enrollable) -> tuple[str, ...]:
    """Return what is offered once this factor has been set up: a list of backup codes, where there is none yet.

    Where no list is to be had, another of the factors that policy offered beside the first one (E1): whoever holds one
    alone is locked out when it is lost.
    """
    situation, step = standing.situation, standing.step
    if not factor.is_proof:
        return ()
    beside = [
        name
        for name in situation.bundle.order
        if (other := standing.installed.enrollable_factor(name)) is not None and not other.is_proof
    ]
    held = {credential.factor for credential in situation.credentials}
    if beside:
        return tuple(name for name in beside if name not in held)[:1]
    if not isinstance(step, Enroll) or standing.decision.outcome is not Outcome.ENROL:
        return ()
    return tuple(name for name in step.factors if name != factor.name)


def settled(standing: Standing, interaction: Interaction, factor: Enrollable) -> Interaction:
    """Return the interaction after this factor has been set up."""
    return replace(interaction, enrolled_here=True, further=further(standing, factor), replaces=None)


def _void_lists(tx: Tx, standing: Standing, new: Credential) -> None:
    for credential in credentials.list_credentials(tx, new.user_id):
        if credential.factor == new.factor:
            credentials.remove_credential(tx, credential.id, standing.situation.interaction.user_id or "")
