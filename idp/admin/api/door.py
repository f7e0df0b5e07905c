"""The door of the admin API: who calls, whether they may, what they sent; then the operation, and its answer.

In this order: token and scope, role, proof, body. A person's token does no more than their role in the console, and
takes the same proofs; a client's own does what it was registered for. Nothing here knows what an operation does.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from idp.admin import access
from idp.admin.api import answers
from idp.admin.api.answers import Told
from idp.admin.api.calls import AdminOperation, Call, Tagged, problem
from idp.admin.api.repeating import Repeating
from idp.admin.staff import Staff
from idp.storage.tx import Tx
from idp.web.api.bearer import Bearer, Bearers, Challenge
from idp.web.api.operation import JSON
from idp.web.current import Browser
from idp.web.transaction import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was sent."""

    authorization: str = field(default="", repr=False)
    if_match: str = ""
    key: str = ""
    """What makes a second try of the same call known."""
    query: Mapping[str, str] = field(default_factory=dict)
    media: str = ""
    body: bytes = field(default=b"", repr=False)
    browser: Browser


class Door:
    """Lets calls in."""

    def __init__(self, *, bearers: Bearers, transactions: Transactions, repeating: Repeating) -> None:
        self._bearers = bearers
        self._transactions = transactions
        self._repeating = repeating

    def answer(self, operation: AdminOperation, sent: Sent, parts: Mapping[str, str]) -> Told:
        """Answer one call; whatever is wrong with it is told, and nothing of it is kept."""
        try:
            admitted = self._admitted(operation, sent)
            if not isinstance(admitted, Staff):
                return admitted
            query, body = _query(operation, sent), _body(operation, sent)
            with self._transactions.open() as tx:
                return self._done(tx, operation, admitted, sent, parts, query=query, body=body)
        except Exception as error:  # noqa: BLE001 -- the boundary: `told_of` raises again what it does not know
            return answers.told_of(error)

    def _admitted(self, operation: AdminOperation, sent: Sent) -> Staff | Told:
        """Return who calls; where a proof is missing, the decision is kept (policy.md §4)."""
        with self._transactions.open(durable=False) as tx:
            bearer = self._bearers.identify(tx, sent.authorization, scopes=operation.scopes)
            if isinstance(bearer, Challenge):
                return answers.challenged(bearer)
            if bearer.user is not None and operation.permission not in access.permissions_of(bearer.user.roles):
                return answers.told(problem(403, "forbidden", "The role of this person does not allow it"))
            missing = self._bearers.prove(tx, bearer, action=operation.action, browser=sent.browser)
        return answers.challenged(missing) if missing is not None else _staff(bearer, sent)

    def _done(
        self,
        tx: Tx,
        operation: AdminOperation,
        staff: Staff,
        sent: Sent,
        parts: Mapping[str, str],
        *,
        query: Any,
        body: Any,
    ) -> Told:
        if operation.is_conditional and not sent.if_match:
            return answers.told(problem(428, "if_match_needed", "Say in If-Match what was read"))
        fingerprint = hashlib.sha256(repr((operation.name, sorted(parts.items()))).encode() + sent.body).hexdigest()
        key = sent.key if operation.is_new else ""
        if key:
            known = self._repeating.begin(tx, staff.by, key, fingerprint)
            if known is not None:
                return known
        call = Call(tx=tx, staff=staff, body=body, query=query, if_match=sent.if_match)
        told = _told(operation, operation.handle(call, **parts))
        if key:
            self._repeating.end(tx, staff.by, key, told)
        return told


def _staff(bearer: Bearer, sent: Sent) -> Staff:
    return Staff(user=bearer.user, session=bearer.session, client=bearer.client, address=sent.browser.address)


def _query(operation: AdminOperation, sent: Sent) -> Any:
    if operation.asks is None:
        return None
    return msgspec.convert(dict(sent.query), operation.asks, strict=False)


def _body(operation: AdminOperation, sent: Sent) -> Any:
    if operation.takes is None:
        return None
    if sent.media != JSON:
        raise answers.MediaError
    return msgspec.json.decode(sent.body, type=operation.takes)


def _told(operation: AdminOperation, result: Any) -> Told:
    tag = result.etag if isinstance(result, Tagged) else ""
    value = result.value if isinstance(result, Tagged) else result
    headers = (("ETag", tag),) if tag else ()
    if isinstance(value, answers.Raw):
        return Told(status=200, media=value.media, body=value.body, headers=headers)
    if operation.gives is None:
        return Told(status=204, headers=headers)
    return Told(status=201 if operation.is_new else 200, body=msgspec.json.encode(value), headers=headers)
