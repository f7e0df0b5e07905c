"""Tickets as they are handed out: a new one voids those of the same person that nobody has used."""

from datetime import datetime

from idp.core.tokens import Tokens
from idp.factors import ticket
from idp.factors.ticket import Ticket
from idp.policy.language import Bundle
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.tx import Tx


def void(tx: Tx, user_id: str) -> None:
    """Make the ticket of somebody who is held worthless, and what it has proved."""
    for held in credentials.list_credentials(tx, user_id):
        if held.factor == ticket.NAME:
            credentials.remove_credential(tx, held.id, user_id)


def issue(tx: Tx, user: User, bundle: Bundle, *, tokens: Tokens, now: datetime) -> str:
    """Draw a ticket and return its text, which is nowhere else."""
    users.hold(tx, user.id)
    void(tx, user.id)
    credential_id, factor = tokens.new_id(), Ticket(**bundle.factor_settings.get(ticket.NAME, {}))
    text, new = factor.issue(credential_id=credential_id, tokens=tokens, now=now)
    credentials.add_credential(tx, new.bound(ticket.NAME, credential_id=credential_id, user_id=user.id, now=now))
    return text
