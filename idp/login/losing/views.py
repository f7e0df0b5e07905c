"""The pages of whoever has lost every second factor: ask, look in the mailbox, confirm.

The first belongs to an interaction of this browser, beside whose password it is; the link that is mailed belongs to
nobody's session, and opening it changes nothing (MSG-09). As with the other pages of `/recover`, the browser itself
must say that a form is ours.
"""

import re

from flask import Blueprint, Response, request

from idp.core.clock import Clock
from idp.core.errors import NotFoundError, Rejected
from idp.login.losing.service import Loss, Losses
from idp.login.recovery.links import PATHS
from idp.records.users.links.model import Purpose
from idp.web.desk import Desk

ASK, SENT, COOLING = "/recover/lost", "/recover/lost-sent", "/recover/lost-cooling"
_ID = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)


def blueprint(losses: Losses, *, desk: Desk, clock: Clock) -> Blueprint:
    """Return the pages."""
    views, pages = Blueprint("losing", __name__), _Pages(losses, desk, clock)
    views.add_url_rule(f"{ASK}/<interaction_id>", "show", pages.show, methods=["GET"])
    views.add_url_rule(f"{ASK}/<interaction_id>", "ask", pages.ask, methods=["POST"])
    views.add_url_rule(SENT, "sent", lambda: desk.page("recover/lost_sent.html", {}), methods=["GET"])
    views.add_url_rule(COOLING, "cooling", lambda: desk.page("recover/lost_cooling.html", {}), methods=["GET"])
    views.add_url_rule(f"{PATHS[Purpose.LOST]}/<token>", "confirm", pages.confirm, methods=["GET"])
    views.add_url_rule(f"{PATHS[Purpose.LOST]}/<token>", "take", pages.take, methods=["POST"])
    return views


class _Pages:
    def __init__(self, losses: Losses, desk: Desk, clock: Clock) -> None:
        self._losses = losses
        self._desk = desk
        self._clock = clock

    def show(self, interaction_id: str) -> Response:
        """Say what it takes and how long, or why it cannot be begun here."""
        return self._asking(self._loss(interaction_id), interaction_id)

    def ask(self, interaction_id: str) -> Response:
        """Send the link."""
        self._ours()
        with self._desk.transactions.open() as tx:
            loss = self._losses.about(tx, _checked(interaction_id), self._desk.here())
            rejected = None if loss.obstacle else self._losses.ask(tx, loss, self._desk.here())
        if loss.obstacle is None and rejected is None:
            return self._desk.leave(SENT)
        return self._asking(loss, interaction_id, rejected, status=429 if rejected else 422)

    def confirm(self, token: str) -> Response:
        """Name what will be gone."""
        with self._desk.transactions.open() as tx:
            opened = self._losses.opened(tx, _checked(token))
        if opened is None:
            return self._over()
        methods = [{"factor": each.factor, "label": each.label} for each in opened.lost]
        return self._desk.page("recover/lost_confirm.html", {"methods": methods, "username": opened.user.username})

    def take(self, token: str) -> Response:
        """Begin."""
        self._ours()
        with self._desk.transactions.open() as tx:
            until = self._losses.take(tx, _checked(token), self._desk.here())
        return self._desk.leave(COOLING) if until else self._over()

    def _ours(self) -> None:
        """Take the form that was posted, which says nothing. Raises ForbiddenError for other sites' forms."""
        self._desk.bare_form()
        self._desk.csrf.require_origin(request)

    def _loss(self, interaction_id: str) -> Loss:
        with self._desk.transactions.open() as tx:
            return self._losses.about(tx, _checked(interaction_id), self._desk.here())

    def _asking(
        self, loss: Loss, interaction_id: str, rejected: Rejected | None = None, *, status: int = 200
    ) -> Response:
        now, until = self._clock.now(), rejected.until if rejected else None
        wait = max(1, round((until - now).total_seconds())) if until else None
        values = {
            "obstacle": loss.obstacle or "",
            "until": loss.user.recovering_until,
            "back": f"/login/{interaction_id}",
            "wait": wait,
        }
        response = self._desk.page("recover/lost.html", values, status=status)
        if wait is not None:
            response.headers["Retry-After"] = str(wait)
        return response

    def _over(self) -> Response:
        return self._desk.page("recover/over.html", {"again": "/account/"}, status=410)


def _checked(name: str) -> str:
    """Return an id or a token that may be looked for. Raises NotFoundError for what we never gave out."""
    if not _ID.fullmatch(name):
        raise NotFoundError
    return name
