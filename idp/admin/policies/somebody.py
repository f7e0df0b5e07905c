"""People as a policy sees them when nobody is there: who they are, and what they have set up."""

from collections.abc import Iterable
from datetime import datetime

from idp.policy.model import Enrolled, FactValue
from idp.policy.prospects import Somebody
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.credentials.model import Held
from idp.records.users.model import User
from idp.storage.tx import Tx

_BACKUP_CODE = "backup_code"


def somebody_of(tx: Tx, user: User, held: Iterable[Held], now: datetime) -> Somebody:
    """Return a person with what they could use; a list whose codes are used up is none."""
    values: dict[str, FactValue] = {
        "user.groups": user.groups,
        "user.roles": user.roles,
        "user.must_enrol": user.must_enrol_at is not None,
        "user.age": max(0.0, (now - user.created_at).total_seconds()),
    }
    if user.signed_in_at is not None:
        values["user.last_sign_in"] = max(0.0, (now - user.signed_in_at).total_seconds())
    usable = (each for each in held if each.factor != _BACKUP_CODE or backup_codes.count_codes(tx, each.id) > 0)
    return Somebody(user_id=user.id, enrolled=tuple(map(_enrolled, usable)), values=values)


def _enrolled(held: Held) -> Enrolled:
    return Enrolled(
        factor=held.factor,
        credential_id=held.id,
        channel=held.channel,
        since=held.created_at,
        properties=held.properties,
    )
