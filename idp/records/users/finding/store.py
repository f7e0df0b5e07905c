"""Finding people: by a text that their username, address or name contains, in an order, or simply all of them."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Text, bindparam, func, or_, select

from idp.records.users.model import User, username_key
from idp.records.users.store import SHOWN, people
from idp.storage.handfuls import ANY, among
from idp.storage.searching import containing
from idp.storage.tx import Tx

_PATTERN = bindparam("pattern", type_=Text())
_MATCHES = or_(
    people.c.username_key.like(_PATTERN, escape="\\"),
    people.c.email_key.like(_PATTERN, escape="\\"),
    func.lower(people.c.display_name).like(_PATTERN, escape="\\"),
)
_ORDERS = {
    "username": (people.c.username_key.asc(), people.c.username_key.desc()),
    "display_name": (func.lower(people.c.display_name).asc(), func.lower(people.c.display_name).desc()),
    "created_at": (people.c.created_at.asc(), people.c.created_at.desc()),
    "signed_in_at": (people.c.signed_in_at.asc().nulls_first(), people.c.signed_in_at.desc().nulls_last()),
}
SORTS = tuple(_ORDERS)
"""By what a search can be ordered."""
_SEARCH = {
    (name, descending): SHOWN.where(_MATCHES)
    .order_by(orders[descending], people.c.username_key)
    .limit(bindparam("limit"))
    .offset(bindparam("skip"))
    for name, orders in _ORDERS.items()
    for descending in (False, True)
}
_COUNT = select(func.count().label("total")).select_from(people).where(_MATCHES)
_AFTER = (
    SHOWN.where(_MATCHES, people.c.username_key > bindparam("after"))
    .order_by(people.c.username_key)
    .limit(bindparam("limit"))
)
_BY_ID = SHOWN.where(people.c.id.in_(ANY))
_LIST_BY_ID = SHOWN.where(people.c.id > bindparam("after")).order_by(people.c.id).limit(bindparam("limit"))


def by_id(tx: Tx, user_ids: Iterable[str]) -> Mapping[str, User]:
    """Return those of these people that there are, by id."""
    return {row["id"]: User(**row) for row in among(tx, _BY_ID, tuple(user_ids))}


def search(
    tx: Tx, text: str, *, sort: str, is_descending: bool, limit: int, offset: int = 0
) -> tuple[tuple[User, ...], int]:
    """Return people whose username, address or name contains `text`, one page of them, and how many there are.

    `sort` is one of `SORTS`.
    """
    pattern = containing(username_key(text))
    rows = tx.all(_SEARCH[sort, is_descending], {"pattern": pattern, "limit": limit, "skip": offset})
    counted = tx.one(_COUNT, {"pattern": pattern})
    return tuple(User(**row) for row in rows), counted["total"] if counted else 0


def list_after(tx: Tx, text: str, *, limit: int, after: str = "") -> tuple[User, ...]:
    """Return people whose username, address or name contains `text`, those behind the username `after`."""
    parameters = {"pattern": containing(username_key(text)), "limit": limit, "after": username_key(after)}
    return tuple(User(**row) for row in tx.all(_AFTER, parameters))


def list_by_id(tx: Tx, *, limit: int, after: str = "") -> tuple[User, ...]:
    """Return people in the order of their ids, those behind the id `after`: for whoever looks at everybody."""
    return tuple(User(**row) for row in tx.all(_LIST_BY_ID, {"limit": limit, "after": after}))
