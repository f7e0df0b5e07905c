"""How whoever runs the service helps somebody who has lost what they prove themselves with (E7).

What was lost is taken away, never replaced: nobody picks another person's secrets (ENR-26, ASVS 6.4.6). The person then
sets up anew what they wish, once they have proved a mailbox, a ticket or a temporary code beside their password.
"""

from datetime import datetime, timedelta

from idp.core.assurance import TraitsTable
from idp.core.tokens import Tokens
from idp.factors import temporary_code
from idp.factors.base import Cost
from idp.factors.temporary_code import TemporaryCode
from idp.login import budget
from idp.policy.language import Bundle
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.tx import Tx

UNTIL = "until"
"""What the event of a temporary code says: up to when it was good (ISO 8601)."""


def is_second(factor: str, traits: TraitsTable) -> bool:
    """Tell whether a sign-in method is a second step: a mailbox, a ticket and a temporary code are none."""
    return factor != budget.PASSWORD and factor in traits and bool(traits[factor].kinds)


def void_codes(tx: Tx, user_id: str) -> None:
    """Make the temporary code of somebody who is held worthless, and what it has proved."""
    for held in credentials.list_credentials(tx, user_id):
        if held.factor == temporary_code.NAME:
            credentials.remove_credential(tx, held.id, user_id)


def issue_code(
    tx: Tx, user: User, bundle: Bundle, *, cost: Cost, tokens: Tokens, now: datetime
) -> tuple[str, timedelta]:
    """Draw a temporary code; return its text, which is nowhere else, and how long it lasts. One before it is void."""
    users.hold(tx, user.id)
    void_codes(tx, user.id)
    factor = TemporaryCode(**bundle.factor_settings.get(temporary_code.NAME, {}), cost=cost)
    text, new = factor.issue(tokens=tokens, now=now)
    bound = new.bound(temporary_code.NAME, credential_id=tokens.new_id(), user_id=user.id, now=now)
    credentials.add_credential(tx, bound)
    return text, factor.ttl
