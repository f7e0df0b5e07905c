"""What is answered on another device (F9): who may answer there, and how what was asked stands.

A device approves only in a live session that itself holds multi-factor by proofs of its own: what another device
approved does not count, or two would let each other in for ever (policy.md §2).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from idp.core.assurance import Evidence
from idp.core.tokens import digest
from idp.factors.approval import APPROVED, DENIED, PENDING
from idp.factors.base import Credential
from idp.login import denials
from idp.login.challenges import kept_of
from idp.login.installed import Installed
from idp.login.model import Interaction
from idp.login.situation import Situation, enrolled_of, is_live
from idp.policy.language import MULTI_FACTOR, Bundle
from idp.policy.model import Demand, Facts, Requirement
from idp.policy.situation import situation_of
from idp.records.sessions import store as sessions
from idp.records.sessions.model import Session
from idp.records.users.approvals import store as approvals
from idp.records.users.approvals.model import Verdict
from idp.records.users.model import User
from idp.storage.tx import Tx

Closed = tuple[bool, datetime | None]


def state_of(tx: Tx, interaction: Interaction, installed: Installed, now: datetime) -> str:
    """Return how what this interaction asked elsewhere stands: `pending`, `approved`, `denied`, `expired`, or empty."""
    factor = installed.decoupled.get(interaction.challenge_factor)
    kept = kept_of(interaction, interaction.challenge_factor) if factor is not None else None
    if factor is None or kept is None or not interaction.challenge_credential:
        return ""
    request = approvals.get(tx, factor.request_of(kept.challenge))
    if request is None or request.expires_at <= now:
        return "expired"
    match request.verdict:
        case Verdict.OPEN:
            return PENDING
        case Verdict.APPROVED:
            return APPROVED
        case Verdict.DENIED | Verdict.MISMATCHED:
            return DENIED
    return "expired"


def closed(tx: Tx, situation: Situation, user: User, installed: Installed) -> Mapping[str, Closed]:
    """Return, by credential, whether nothing can be asked of it now, and until when."""
    held = [each for each in situation.credentials if is_elsewhere(installed, each.factor)]
    if not held:
        return {}
    until = denials.closed_until(tx, user.id, situation.now)
    if until is not None:
        return {each.id: (True, until) for each in held}
    own = situation.session.id if situation.session else ""
    others = [each for each in sessions.list_sessions(tx, user.id) if each.id != own]
    fit = any(
        is_fit(each, user, bundle=situation.bundle, held=situation.credentials, installed=installed, now=situation.now)
        for each in others
    )
    return {each.id: (not fit or is_this_device(each, situation.browser.device), None) for each in held}


def is_fit(
    session: Session, user: User, *, bundle: Bundle, held: Iterable[Credential], installed: Installed, now: datetime
) -> bool:
    """Tell whether a session may approve: it lives, and holds multi-factor by proofs that no other device gave.

    While a recovery cools off none does: no level above two steps holds then (policy.md §3).
    """
    is_recovering = user.recovering_until is not None and user.recovering_until > now
    if is_recovering or MULTI_FACTOR not in bundle.levels or not is_live(session, bundle=bundle, now=now):
        return False
    own: tuple[Evidence, ...] = tuple(each for each in session.evidence if not is_elsewhere(installed, each.factor))
    facts = Facts(demand=Demand(client_id=""), interaction_id="", user_id=user.id)
    enrolled = tuple(enrolled_of(each) for each in held if each.factor in installed.factors)
    situation = situation_of(bundle, facts, own, enrolled, now=now)
    asked = Requirement(acr=(MULTI_FACTOR,))
    return situation.meets(asked)


def is_elsewhere(installed: Installed, factor: str) -> bool:
    """Tell whether a factor is answered on another device: it stands on what was proved there, never alone."""
    return factor in installed.decoupled


def is_this_device(credential: Credential, device: str) -> bool:
    """Tell whether a credential is that of this browser."""
    return bool(device) and credential.material.decode() == digest(device)
