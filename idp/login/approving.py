"""Approvals on another device (F9): asked within limits, announced and decided there, used up here.

No more than a few requests of a person wait at once, and whoever says "this was not me" closes approvals for a while
(`denials`), so that nobody is worn down. What is announced says that something waits, and for which application; the
number and the request stay on the two pages.
"""

from dataclasses import replace

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.factors.abilities import Decoupled
from idp.factors.approval import APPROVED, DENIED, PENDING
from idp.factors.base import Message
from idp.login import elsewhere
from idp.login.attempts import Attempt
from idp.login.messages import waiting_letter
from idp.login.sender import Sender
from idp.login.situation import Situation
from idp.records.users import store as users
from idp.records.users.approvals import store as approvals
from idp.records.users.approvals.model import ApprovalRequest, Verdict
from idp.records.users.push import store as push
from idp.storage.tx import Tx

PUSH = "push"
"""The channel by which browsers are told, in the outbox."""
MOST_TOLD = 5
"""Browsers that are told of one request, those first that were chosen last."""


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


def announce(tx: Tx, situation: Situation, factor: Decoupled, message: Message, sender: Sender) -> None:
    """Tell the person's other devices that something waits for them, where they wish to be told (web push)."""
    if situation.user is None:
        return
    client = situation.client
    texts = sender.texts(situation.browser.wants, *([situation.user.locale] if situation.user.locale else []))
    letter = waiting_letter(texts, client=(client.client_name or client.client_id) if client else "")
    others = {
        each.id
        for each in situation.credentials
        if each.factor == message.channel and not elsewhere.is_this_device(each, situation.browser.device)
    }
    told = [each for each in push.list_subscriptions(tx, message.to) if each.credential_id in others]
    for each in told[:MOST_TOLD]:
        sender.send(
            tx,
            channel=PUSH,
            to=each.id,
            purpose=message.purpose,
            letter=letter,
            now=situation.now,
            expires_at=situation.now + factor.ttl,
        )


def answered(tx: Tx, attempt: Attempt, situation: Situation, factor: Decoupled) -> Attempt:
    """Return the attempt with the answer that was given elsewhere; what the form says is not looked at."""
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
