"""The console's pages of the policy: what is live and how it came to be, drafts, and the way from the one to the other.

Editing takes `admin.console`, so that nobody loses what they typed to a proof that has aged meanwhile; publishing,
agreeing and rolling back take `admin.policy`.
"""

from urllib.parse import urlencode

import msgspec
from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require, Route
from idp.admin.policies.drafting import MOST_WHILE_TYPING, Drafting, is_small_enough
from idp.admin.policies.model import Outcome, Proposed, Published, Unchanged, Wish
from idp.admin.policies.publishing import Publisher
from idp.admin.policies.showing import HOME, back_to_draft, draft_page, found_draft, may_edit, names_of, status_of
from idp.core.errors import ConfigError, NotFoundError
from idp.login.begun import Admitted
from idp.records.bundles import store as bundles
from idp.records.bundles.drafts import store as drafts
from idp.records.bundles.model import Draft
from idp.records.bundles.proposals import store as proposals
from idp.records.bundles.publications import store as publications
from idp.records.bundles.rollouts import store as rollouts
from idp.storage.tx import Tx
from idp.web.desk import Desk
from idp.web.headers import PageClass

_SHOWN = 20
_MOST_FINDINGS = 50
"""More nobody reads while typing."""


def blueprint(desk: Desk, publisher: Publisher, drafting: Drafting, *, require: Require) -> Blueprint:
    """Return the pages."""
    views = Blueprint("admin_policies", __name__)
    pages = _Pages(desk, publisher, drafting)
    access.mount(
        views.add_url_rule,
        require,
        (
            Route("GET", HOME, "listed", pages.listed),
            Route("POST", HOME, "change", pages.change, Permission.MANAGE, access.POLICY),
            Route("POST", f"{HOME}/drafts", "begin", pages.begin, Permission.MANAGE),
            Route("GET", f"{HOME}/drafts/<draft_id>", "draft", pages.draft),
            Route("POST", f"{HOME}/drafts/<draft_id>", "edit", pages.edit, Permission.MANAGE),
            Route("POST", f"{HOME}/drafts/<draft_id>/lint", "lint", pages.lint, Permission.MANAGE),
            Route(
                "GET",
                f"{HOME}/drafts/<draft_id>/publish",
                "proved",
                back_to_draft(desk),
                Permission.MANAGE,
                access.POLICY,
            ),
            Route(
                "POST", f"{HOME}/drafts/<draft_id>/publish", "publish", pages.publish, Permission.MANAGE, access.POLICY
            ),
        ),
    )
    return views


class _Pages:
    """What the pages do."""

    def __init__(self, desk: Desk, publisher: Publisher, drafting: Drafting) -> None:
        self._desk = desk
        self._publisher = publisher
        self._drafting = drafting

    def listed(self, admitted: Admitted) -> Response:
        """Show what is live, how it came to be, and what is being worked on."""
        return self._home(admitted)

    def change(self, admitted: Admitted) -> Response:
        """Go back to an earlier version, or agree with what another administrator has proposed."""
        verb, _, name = self._desk.form().get("choice", "").partition(":")
        with self._desk.transactions.open() as tx:
            match verb:
                case "rollback":
                    outcome = self._publisher.rollback(tx, name, by=admitted.user.id)
                case "approve":
                    outcome = self._publisher.approve(tx, name, by=admitted.user.id)
                case _:
                    raise NotFoundError
        if isinstance(outcome, Published | Unchanged | Proposed):
            return self._desk.leave(f"{HOME}?done={type(outcome).__name__.lower()}")
        return self._home(admitted, outcome)

    def begin(self, admitted: Admitted) -> Response:
        """Begin a draft with what is live; for an application, at the form of its own rule."""
        client_id = self._desk.form().get("client", "")
        with self._desk.transactions.open() as tx:
            draft = self._drafting.begin(tx, by=admitted.user.id)
        path = f"{HOME}/drafts/{draft.id}"
        return self._desk.leave(f"{path}/parts/rules?{urlencode({'client': client_id})}" if client_id else path)

    def draft(self, admitted: Admitted, draft_id: str) -> Response:
        """Show a draft, and what it comes to."""
        with self._desk.transactions.open() as tx:
            found = found_draft(tx, draft_id)
            return self._draft(tx, admitted, found)

    def edit(self, admitted: Admitted, draft_id: str) -> Response:
        """Keep what was typed and say what it comes to; or throw the draft away."""
        form = self._desk.form()
        with self._desk.transactions.open() as tx:
            draft = found_draft(tx, draft_id)
            typed, is_seen = form.get("text", ""), form.get("edition") == str(draft.edition)
            if form.get("choice") == "discard":
                if is_seen and drafts.remove(tx, draft):
                    return self._desk.leave(HOME)
                return self._draft(tx, admitted, draft, is_stale=True)
            if not is_small_enough(typed):
                return self._draft(tx, admitted, draft, typed=typed, is_large=True)
            if not is_seen or not self._drafting.save(tx, draft, typed):
                return self._draft(tx, admitted, draft, typed=typed, is_stale=True)
        return self._desk.leave(f"{HOME}/drafts/{draft_id}")

    def lint(self, admitted: Admitted, draft_id: str) -> Response:  # noqa: ARG002 -- every view is told who looks
        """Say, to the script of the page, what is wrong with a text while it is typed; nothing is kept."""
        typed = self._desk.form().get("text", "")
        with self._desk.transactions.open() as tx:
            found_draft(tx, draft_id)
        if len(typed) > MOST_WHILE_TYPING:
            return Response(status=413)
        found = self._drafting.glance(typed)
        told = {"errors": found.errors[:_MOST_FINDINGS], "warnings": found.warnings[:_MOST_FINDINGS]}
        return Response(msgspec.json.encode(told), content_type="application/json")

    def publish(self, admitted: Admitted, draft_id: str) -> Response:
        """Put the draft in force, through the gate."""
        form = self._desk.form()
        with self._desk.transactions.open() as tx:
            draft = found_draft(tx, draft_id)
            if form.get("edition") != str(draft.edition):
                return self._draft(tx, admitted, draft, is_stale=True)
            if form.get("choice") == "take_up":
                self._drafting.take_up(tx, draft)
                return self._desk.leave(f"{HOME}/drafts/{draft_id}")
            try:
                bundle = self._drafting.load(draft)
            except ConfigError:
                return self._draft(tx, admitted, draft)
            wish = Wish(bundle=bundle, parent=draft.parent, by=admitted.user.id, note=form.get("note", "")[:200])
            outcome = self._publisher.publish(tx, wish)
            if not isinstance(outcome, Published | Proposed):
                return self._draft(tx, admitted, draft, outcome=outcome)
            drafts.remove(tx, draft)
        return self._desk.leave(f"{HOME}?done={type(outcome).__name__.lower()}")

    def _home(self, admitted: Admitted, outcome: Outcome | None = None) -> Response:
        with self._desk.transactions.open() as tx:
            live = self._publisher.live(tx)
            history = publications.list_publications(tx, limit=_SHOWN)
            waiting = proposals.list_open(tx, limit=_SHOWN)
            begun = drafts.list_drafts(tx, limit=_SHOWN)
            stored = bundles.list_bundles(tx, limit=_SHOWN)
            whoever = {*(each.by for each in history), *(each.by for each in waiting), *(each.by for each in begun)}
            names = names_of(tx, whoever)
            drift = self._publisher.drift(tx)
            running = [each for each in rollouts.list_rollouts(tx) if each.parent == live.version]
        done = self._desk.query().get("done", "")
        values = {
            "staff": admitted.user,
            "live": live,
            "history": history,
            "waiting": waiting,
            "drafts": begun,
            "versions": [each for each in stored if each.published_at and each.version != live.version],
            "names": names,
            "drift": drift,
            "running": running,
            "may_edit": may_edit(admitted),
            "outcome": type(outcome).__name__ if outcome else "",
            "checked": getattr(outcome, "checked", None),
            "done": done if done in ("published", "unchanged", "proposed") else "",
        }
        return self._desk.page("admin/policies.html", values, status=status_of(outcome))

    def _draft(
        self,
        tx: Tx,
        admitted: Admitted,
        draft: Draft,
        *,
        typed: str = "",
        is_stale: bool = False,
        is_large: bool = False,
        outcome: Outcome | None = None,
    ) -> Response:
        values = draft_page(tx, self._drafting, admitted, draft, typed=typed, is_stale=is_stale, outcome=outcome)
        status = 409 if is_stale else 422 if is_large else status_of(outcome)
        shown = {**values, "is_large": is_large}
        return self._desk.page("admin/draft.html", shown, status=status, kind=PageClass.EDITOR)
