"""What only a demo has: the outbox that shows every message sent, and a page that plays everybody's phone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import msgspec
import pyotp
from flask import Blueprint, Response, render_template

from idp.core.clock import Clock
from idp.records.delivery.model import OutboxMessage

_PERIOD = 30

Outbox = Callable[[], Sequence[OutboxMessage]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCode:
    """What one person's authenticator app shows now."""

    username: str
    code: str
    seconds: int
    uri: str


def blueprint(*, outbox: Outbox, people: Mapping[str, Mapping[str, Any]], issuer: str, clock: Clock) -> Blueprint:
    """Mount the outbox and the authenticator."""
    pages = Blueprint("workshop", __name__)

    @pages.get("/outbox")
    def outbox_page() -> str:
        return render_template("outbox.html", messages=[shown(message) for message in outbox()])

    @pages.get("/outbox.json")
    def outbox_json() -> Response:
        body = msgspec.json.encode([shown(message) for message in outbox()])
        return Response(body, content_type="application/json")

    @pages.get("/authenticator")
    def authenticator() -> Response:
        codes = app_codes(people, issuer=issuer, clock=clock)
        page = Response(render_template("authenticator.html", codes=codes, people=people.values()))
        if codes:
            page.headers["Refresh"] = str(codes[0].seconds)
        return page

    return pages


def shown(message: OutboxMessage) -> Mapping[str, str]:
    """Return one message in the shape that surface.md fixes."""
    return {
        "to": message.to,
        "channel": message.channel,
        "purpose": message.purpose,
        "text": message.text,
        "at": message.created_at.astimezone(UTC).isoformat(),
    }


def app_codes(people: Mapping[str, Mapping[str, Any]], *, issuer: str, clock: Clock) -> Sequence[AppCode]:
    """Return the present code of everybody who has an app (RFC 6238)."""
    now = clock.now()
    seconds = _PERIOD - int(now.timestamp()) % _PERIOD
    owners = [person for person in people.values() if person["totp_secret"]]
    return [
        AppCode(
            username=person["username"],
            code=pyotp.TOTP(person["totp_secret"]).at(now),
            seconds=seconds,
            uri=pyotp.TOTP(person["totp_secret"]).provisioning_uri(name=person["username"], issuer_name=issuer),
        )
        for person in owners
    ]
