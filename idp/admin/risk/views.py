"""The console's page of risk. It changes nothing: bands are the policy's (`risk: {challenge: 5%, high: 0.5%}`)."""

import re

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.risk.service import DAYS, figures
from idp.core.clock import Clock
from idp.login.assessing.assessor import Assessor
from idp.login.begun import Admitted
from idp.login.observing.sources import Sources
from idp.login.policies import Policies
from idp.risk.words import sentence
from idp.web.desk import Desk

HOME = "/admin/risk"
_PERCENT = re.compile(r"[0-9]{1,2}(\.[0-9]{1,3})?")
_MOST = 50.0
"""Percent: whoever wants to ask more often than every other time should ask always, by a rule."""


def blueprint(
    desk: Desk, *, policies: Policies, assessor: Assessor, sources: Sources, clock: Clock, require: Require
) -> Blueprint:
    """Return the page."""
    views = Blueprint("admin_risk", __name__)

    @views.get(HOME)
    @access.guarded(require, Permission.LOOK)
    def shown(admitted: Admitted) -> Response:
        now = clock.now()
        with desk.transactions.open() as tx:
            live = policies.live(tx).risk
            asked = {
                "challenge": desk.asked("challenge").strip()[:6] or _written(live.challenge),
                "high": desk.asked("high").strip()[:6] or _written(live.high),
            }
            wrong = _wrong(asked)
            shares = (live.challenge, live.high)
            wished = shares if wrong else (float(asked["challenge"]) / 100, float(asked["high"]) / 100)
            found = figures(tx, assessor.population(tx, now), shares=shares, wished=wished, now=now)
        values = {
            "staff": admitted.user,
            "figures": found,
            "days": DAYS,
            "asked": asked,
            "wrong": wrong,
            "is_tried": wished != shares,
            "sources": sources.present(now),
            "now": now,
            "sentence": sentence,
        }
        return desk.page("admin/risk.html", values, status=422 if wrong else 200)

    return views


def _written(share: float) -> str:
    return f"{100 * share:g}"


def _wrong(asked: dict[str, str]) -> str:
    """Return which field is wrong: no percentage, too much, or more that is high than is challenged."""
    for name, text in asked.items():
        if _PERCENT.fullmatch(text) is None or float(text) > _MOST:
            return name
    return "high" if float(asked["high"]) > float(asked["challenge"]) else ""
