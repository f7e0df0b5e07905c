"""Approvals on another device (F9): asked within limits, decided there, used up here.

No more than a few requests of a person wait at once, and whoever says "this was not me" closes approvals for a while
(`denials`), so that nobody is worn down.
"""

from dataclasses import replace

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.factors.abilities import Decoupled
from idp.factors.approval import APPROVED, DENIED, PENDING
from idp.factors.base import Message
from idp.login.attempts import Attempt
from idp.login.situation import Situation
from idp.records.users import store as users
from idp.records.users.approvals import store as approvals
from idp.records.users.approvals.model import ApprovalRequest, Verdict
from idp.storage.tx import Tx


def ask(tx: Tx, situation: Situation, factor: Decoupled, message: Message) -> Rejected | None:
    """Put a request, in the place of what this interaction asked before; refused while too many wait."""
    interaction, now = situation.interaction, situation.now
    users.hold(tx, message.to)
    approvals.withdraw(tx, interaction.id, now)
    waiting = approvals.list_open(tx, message.to, now)
    if len(waiting) >= factor.pending:
        return Rejected(Reason.SEND_LIMITED, waiting[0].expires_at)
    client = situation.client
    request = ApprovalRequest(
        id=message.values["request"],
        user_id=message.to,
        interaction_id=interaction.id,
        browser_hash=interaction.browser_hash,
        number=message.values["number"],
        client_name=(client.client_name or client.client_id) if client else "",
        address=situation.browser.address,
        user_agent=situation.browser.user_agent,
        created_at=now,
        expires_at=now + factor.ttl,
    )
    approvals.add(tx, request)
    return None


def answered(tx: Tx, attempt: Attempt, situation: Situation) -> Attempt:
    """Return the attempt with the answer that was given elsewhere; what the form says is not looked at."""
    factor = attempt.factor
    if not isinstance(factor, Decoupled):
        return attempt
    request = approvals.get(tx, factor.request_of(attempt.challenge))
    if request is None or request.interaction_id != situation.interaction.id:
        return replace(attempt, answer=PENDING, key="", tries_key="")
    by = tuple(each for each in situation.credentials if each.id == request.credential_id)
    answer = DENIED if request.verdict is Verdict.MISMATCHED else str(request.verdict)
    is_approved = answer == APPROVED
    return replace(
        attempt,
        answer=answer or PENDING,
        credentials=by if is_approved else attempt.credentials,
        key="",
        tries_key="",
    )
