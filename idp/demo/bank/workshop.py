"""What only a demo has: the outbox that shows every message sent, and a page that plays everybody's phone."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any

import msgspec
from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from idp.demo.bank.phone import Phone
from idp.demo.bank.speech import spoken
from idp.records.delivery.model import OutboxMessage

Outbox = Callable[[], Sequence[OutboxMessage]]


def blueprint(*, outbox: Outbox, people: Mapping[str, Mapping[str, Any]], phone: Phone) -> Blueprint:
    """Mount the outbox and the authenticator."""
    pages = Blueprint("workshop", __name__)

    def app_page(wrong: str = "") -> Response:
        codes = phone.codes()
        text = render_template("authenticator.html", codes=codes, people=people.values(), wrong=wrong)
        return Response(text, 422 if wrong else 200)

    @pages.get("/outbox")
    def outbox_page() -> str:
        return render_template("outbox.html", messages=[shown(message) for message in outbox()])

    @pages.get("/outbox.json")
    def outbox_json() -> Response:
        body = msgspec.json.encode([shown(message) for message in outbox()])
        return Response(body, content_type="application/json")

    @pages.get("/authenticator")
    def authenticator() -> Response:
        page, codes = app_page(), phone.codes()
        if codes:
            page.headers["Refresh"] = str(codes[0].seconds)
        return page

    @pages.post("/authenticator")
    def add_key() -> Response | WerkzeugResponse:
        wrong = phone.add(request.form.get("name", ""), request.form.get("key", ""), spoken())
        return app_page(wrong) if wrong else redirect("/authenticator", 303)

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
