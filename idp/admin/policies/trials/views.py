"""The console's page of what runs beside the live version: a shadow, a canary; started from a draft, ended here."""

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require, Route
from idp.admin.policies.drafting import Drafting
from idp.admin.policies.model import Refused, Stale, Unchanged, Wish
from idp.admin.policies.rolling_out import Rollouts, Started
from idp.admin.policies.showing import HOME, back_to_draft, draft_page, found_draft, may_edit, names_of, status_of
from idp.core.errors import ConfigError, NotFoundError
from idp.login.begun import Admitted
from idp.policy.canary import WHOLE
from idp.records.bundles.model import Draft, Rollout
from idp.records.bundles.rollouts import store as rollouts
from idp.records.decisions import store as decisions
from idp.storage.tx import Tx
from idp.web.desk import Desk
from idp.web.headers import PageClass

_SHARES = ("1", "5", "10", "25", "50")
"""Per cent of all people for whom a canary may decide."""
_LONGEST = 200
_EXAMPLES = 20


def blueprint(desk: Desk, drafting: Drafting, trials: Rollouts, *, require: Require) -> Blueprint:
    """Return the pages."""
    views = Blueprint("admin_policy_trials", __name__)
    pages = _Pages(desk, drafting, trials)
    access.mount(
        views.add_url_rule,
        require,
        (
            Route("GET", f"{HOME}/trials", "shown", pages.shown),
            Route("POST", f"{HOME}/trials", "end", pages.end, Permission.MANAGE, access.POLICY),
            Route(
                "GET",
                f"{HOME}/drafts/<draft_id>/trials",
                "proved",
                back_to_draft(desk),
                Permission.MANAGE,
                access.POLICY,
            ),
            Route("POST", f"{HOME}/drafts/<draft_id>/trials", "start", pages.start, Permission.MANAGE, access.POLICY),
        ),
    )
    return views


class _Pages:
    """What the pages do."""

    def __init__(self, desk: Desk, drafting: Drafting, trials: Rollouts) -> None:
        self._desk = desk
        self._drafting = drafting
        self._trials = trials

    def shown(self, admitted: Admitted) -> Response:
        """Show what runs beside the live version, and what the shadow would have changed so far."""
        done = self._desk.query().get("done", "")
        with self._desk.transactions.open() as tx:
            comparison = self._trials.comparison(tx)
            running = rollouts.list_rollouts(tx)
            examples = decisions.list_differing(tx, comparison.version, limit=_EXAMPLES) if comparison else ()
            values = {
                "staff": admitted.user,
                "trials": running,
                "names": names_of(tx, (each.by for each in running)),
                "comparison": comparison,
                "examples": examples,
                "whole": WHOLE,
                "may_edit": may_edit(admitted),
                "done": done if done in ("started", "ended") else "",
            }
        return self._desk.page("admin/trials.html", values)

    def end(self, admitted: Admitted) -> Response:
        """End one."""
        verb, _, kind = self._desk.form().get("choice", "").partition(":")
        if verb != "end" or kind not in set(Rollout):
            raise NotFoundError
        with self._desk.transactions.open() as tx:
            if not self._trials.end(tx, Rollout(kind), by=admitted.user.id):
                raise NotFoundError
        return self._desk.leave(f"{HOME}/trials?done=ended")

    def start(self, admitted: Admitted, draft_id: str) -> Response:
        """Set a draft to work beside the live version, through the gate."""
        form = self._desk.form()
        with self._desk.transactions.open() as tx:
            draft = found_draft(tx, draft_id)
            if form.get("edition") != str(draft.edition):
                values = draft_page(tx, self._drafting, admitted, draft, is_stale=True)
                return self._desk.page("admin/draft.html", values, status=409, kind=PageClass.EDITOR)
            try:
                outcome = self._started(tx, draft, form, by=admitted.user.id)
            except ConfigError:
                values = draft_page(tx, self._drafting, admitted, draft)
                return self._desk.page("admin/draft.html", values, status=422)
            if not isinstance(outcome, Started):
                values = draft_page(tx, self._drafting, admitted, draft, outcome=outcome)
                return self._desk.page("admin/draft.html", values, status=status_of(outcome))
        return self._desk.leave(f"{HOME}/trials?done=started")

    def _started(self, tx: Tx, draft: Draft, form: dict[str, str], *, by: str) -> Started | Refused | Stale | Unchanged:
        """Start what is asked for. Raises ConfigError for a draft that does not load, NotFoundError for no choice."""
        wish = Wish(bundle=self._drafting.load(draft), parent=draft.parent, by=by)
        share, audience = form.get("share", ""), form.get("audience", "").strip()[:_LONGEST]
        match form.get("choice"):
            case "shadow":
                return self._trials.shadow(tx, wish)
            case "canary" if share in _SHARES:
                return self._trials.canary(tx, wish, share=int(share) * WHOLE // 100)
            case "canary" if share == "group" and audience:
                return self._trials.canary(tx, wish, audience=audience)
            case _:
                raise NotFoundError
