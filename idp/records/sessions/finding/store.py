"""Looking through the sessions of everybody: each look is one walk along an index, and ends with its page."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import product
from typing import Any

from sqlalchemy import Integer, Select, Text, bindparam, or_, select

from idp.records.sessions.finding.model import Sort, Wanted
from idp.records.sessions.model import Session
from idp.records.sessions.store import SHOWN, hour_of, list_uses, session_clients, sessions
from idp.storage.columns import Utc
from idp.storage.tx import Tx

_ID = sessions.c.id
_PLACE, _PLACE_ID = bindparam("place_at", type_=Utc()), bindparam("place_id", type_=Text())
_PLACE_HOUR = bindparam("place_hour", type_=Integer())
_OPEN = SHOWN.where(
    sessions.c.ended_at.is_(None),
    sessions.c.expires_at > bindparam("now", type_=Utc()),
    sessions.c.seen_at > bindparam("idle_since", type_=Utc()),
)
_USED_WITH = select(session_clients.c.session_id).where(session_clients.c.client_id == bindparam("client_id"))


def _find(by_user: bool, by_client: bool, by_address: bool, sort: Sort, is_oldest_first: bool) -> Select[Any]:
    found = _OPEN
    if by_user:
        found = found.where(sessions.c.user_id == bindparam("user_id"))
    if by_client:
        found = found.where(_ID.in_(_USED_WITH))
    if by_address:
        found = found.where(sessions.c.address == bindparam("address"))
    at, hour = sessions.c[sort.value], sessions.c.seen_hour
    keys: tuple[Any, ...] = (hour, at, _ID) if sort is Sort.SEEN else (at, _ID)  # of an hour, the page alone is sorted
    if is_oldest_first:
        found = found.where(at >= _PLACE, or_(at > _PLACE, _ID > _PLACE_ID)).order_by(*keys)
        return (found.where(hour >= _PLACE_HOUR) if sort is Sort.SEEN else found).limit(bindparam("limit"))
    found = found.where(at <= _PLACE, or_(at < _PLACE, _ID < _PLACE_ID)).order_by(*(key.desc() for key in keys))
    return (found.where(hour <= _PLACE_HOUR) if sort is Sort.SEEN else found).limit(bindparam("limit"))


_EITHER = (False, True)
_FIND = {key: _find(*key) for key in product(_EITHER, _EITHER, _EITHER, Sort, _EITHER)}


def list_open(tx: Tx, wanted: Wanted, *, now: datetime, idle_since: datetime, limit: int) -> tuple[Session, ...]:
    """Return sessions that have neither ended nor expired and were used since `idle_since`, in the order wanted."""
    key = (bool(wanted.user_id), bool(wanted.client_id), bool(wanted.address), wanted.sort, wanted.is_oldest_first)
    place_at, place_id = wanted.place
    parameters = {
        "user_id": wanted.user_id,
        "client_id": wanted.client_id,
        "address": wanted.address,
        "place_at": place_at,
        "place_id": place_id,
        "place_hour": hour_of(place_at),
        "now": now,
        "idle_since": idle_since,
        "limit": limit,
    }
    return tuple(Session(**row) for row in tx.all(_FIND[key], parameters))


def clients_of(tx: Tx, session_ids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the clients that each of these sessions was used with, first used first."""
    found: dict[str, list[str]] = {}
    for use in list_uses(tx, tuple(session_ids)):
        found.setdefault(use.session_id, []).append(use.client_id)
    return {session_id: tuple(clients) for session_id, clients in found.items()}
