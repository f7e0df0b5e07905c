"""The console's page of risk. It changes nothing."""

import re

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.risk.looking import CHALLENGE, HIGH, RiskDesk, Wish
from idp.admin.risk.service import DAYS
from idp.login.begun import Admitted
from idp.risk.words import sentence
from idp.web.desk import Desk

HOME = "/admin/risk"
_PERCENT = re.compile(r"[0-9]{1,2}(\.[0-9]{1,3})?")


def blueprint(desk: Desk, risk: RiskDesk, *, require: Require) -> Blueprint:
    """Return the page."""
    views = Blueprint("admin_risk", __name__)

    @views.get(HOME)
    @access.guarded(require, Permission.LOOK)
    def shown(admitted: Admitted) -> Response:
        with desk.transactions.open() as tx:
            live = risk.live(tx)
            asked = {
                CHALLENGE: desk.asked(CHALLENGE).strip()[:6] or f"{live.challenge:g}",
                HIGH: desk.asked(HIGH).strip()[:6] or f"{live.high:g}",
            }
            wish, wrong = _read(asked)
            seen = risk.seen(tx, wish or live)
        values = {
            "staff": admitted.user,
            "figures": seen.figures,
            "days": DAYS,
            "asked": asked,
            "wrong": wrong,
            "is_tried": seen.tried != seen.live,
            "sources": seen.sources,
            "now": seen.at,
            "sentence": sentence,
        }
        return desk.page("admin/risk.html", values, status=422 if wrong else 200)

    return views


def _read(asked: dict[str, str]) -> tuple[Wish | None, str]:
    """Return the shares to try; or which field is wrong: no percentage, too much, more high than challenged."""
    for name, text in asked.items():
        if _PERCENT.fullmatch(text) is None:
            return None, name
    wish = Wish(challenge=float(asked[CHALLENGE]), high=float(asked[HIGH]))
    return (None, wish.wrong) if wish.wrong else (wish, "")
