"""What was sent: read from the outbox as its recipient would."""

import re

from idp.records.delivery import store as outbox
from idp.records.delivery.model import OutboxMessage
from idp.storage.engine import Database


def messages(database: Database, *, to: str = "", purpose: str = "") -> list[OutboxMessage]:
    """Return what was sent to this destination, newest first."""
    with database.transaction() as tx:
        found = outbox.list_messages(tx, limit=500)
    return [message for message in found if to in ("", message.to) and purpose in ("", message.purpose)]


def code_in(message: OutboxMessage) -> str:
    """Return the code that a message carries."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", message.text)
    assert found, message.purpose
    return found.group()


def newest_code(database: Database, to: str) -> str:
    """Return the code that was sent to this destination last."""
    found = messages(database, to=to, purpose="code")
    assert found, f"nothing was sent to {to}"
    return code_in(found[0])
