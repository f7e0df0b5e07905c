"""The console's pages of the policy: what is live and how it came to be, drafts, and the way from the one to the other.

Editing takes `admin.console`, so that nobody loses what they typed to a proof that has aged meanwhile; publishing,
agreeing and rolling back take `admin.policy`.
"""

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.policies.drafting import Drafting, Reading
from idp.admin.policies.model import Outcome, Published, Unchanged, Wish
from idp.admin.policies.publishing import Publisher
from idp.core.errors import ConfigError, NotFoundError
from idp.login.begun import Admitted
from idp.records.bundles import store as bundles
from idp.records.bundles.drafts import store as drafts
from idp.records.bundles.model import Draft
from idp.records.bundles.proposals import store as proposals
from idp.records.bundles.publications import store as publications
from idp.records.users import store as users
from idp.storage.tx import Tx
from idp.web.desk import Desk

HOME = "/admin/policies"
_SHOWN = 20
_POLICY = "admin.policy"


def blueprint(desk: Desk, publisher: Publisher, drafting: Drafting, *, require: Require) -> Blueprint:
    """Return the pages."""
    views = Blueprint("admin_policies", __name__)
    pages = _Pages(desk, publisher, drafting)
    for path, verb, name, view, permission, action in (
        (HOME, "GET", "listed", pages.listed, Permission.LOOK, access.CONSOLE),
        (HOME, "POST", "change", pages.change, Permission.MANAGE, _POLICY),
        (f"{HOME}/drafts", "POST", "begin", pages.begin, Permission.MANAGE, access.CONSOLE),
        (f"{HOME}/drafts/<draft_id>", "GET", "draft", pages.draft, Permission.LOOK, access.CONSOLE),
        (f"{HOME}/drafts/<draft_id>", "POST", "edit", pages.edit, Permission.MANAGE, access.CONSOLE),
        (f"{HOME}/drafts/<draft_id>/publish", "GET", "proved", pages.proved, Permission.MANAGE, _POLICY),
        (f"{HOME}/drafts/<draft_id>/publish", "POST", "publish", pages.publish, Permission.MANAGE, _POLICY),
    ):
        views.add_url_rule(path, name, access.guarded(require, permission, action=action)(view), methods=[verb])
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
        with self._desk.transactions.open(durable=True) as tx:
            match verb:
                case "rollback":
                    outcome = self._publisher.rollback(tx, name, by=admitted.user.id)
                case "approve":
                    outcome = self._publisher.approve(tx, name, by=admitted.user.id)
                case _:
                    raise NotFoundError
        if isinstance(outcome, Published | Unchanged):
            return self._desk.leave(f"{HOME}?done={type(outcome).__name__.lower()}")
        return self._home(admitted, outcome)

    def begin(self, admitted: Admitted) -> Response:
        """Begin a draft with what is live."""
        self._desk.form()
        with self._desk.transactions.open(durable=True) as tx:
            draft = self._drafting.begin(tx, by=admitted.user.id)
        return self._desk.leave(f"{HOME}/drafts/{draft.id}")

    def draft(self, admitted: Admitted, draft_id: str) -> Response:
        """Show a draft, and what it comes to."""
        with self._desk.transactions.open() as tx:
            found = _found(tx, draft_id)
            return self._draft(tx, admitted, found)

    def edit(self, admitted: Admitted, draft_id: str) -> Response:
        """Keep what was typed and say what it comes to; or throw the draft away."""
        form = self._desk.form()
        with self._desk.transactions.open(durable=True) as tx:
            draft = _found(tx, draft_id)
            if form.get("choice") == "discard":
                drafts.remove(tx, draft_id)
                return self._desk.leave(HOME)
            typed = form.get("text", "")
            if form.get("edition") != str(draft.edition) or not self._drafting.save(tx, draft, typed):
                return self._draft(tx, admitted, draft, typed=typed, is_stale=True)
        return self._desk.leave(f"{HOME}/drafts/{draft_id}")

    def proved(self, admitted: Admitted, draft_id: str) -> Response:  # noqa: ARG002 -- every page is told who looks
        """Come back from a fresh proof: to the draft, where publishing is one click away."""
        return self._desk.leave(f"{HOME}/drafts/{draft_id}")

    def publish(self, admitted: Admitted, draft_id: str) -> Response:
        """Put the draft in force, through the gate."""
        form = self._desk.form()
        with self._desk.transactions.open(durable=True) as tx:
            draft = _found(tx, draft_id)
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
            if not isinstance(outcome, Published):
                return self._draft(tx, admitted, draft, outcome=outcome)
            drafts.remove(tx, draft_id)
        return self._desk.leave(f"{HOME}?done=published")

    def _home(self, admitted: Admitted, outcome: Outcome | None = None) -> Response:
        with self._desk.transactions.open() as tx:
            live = self._publisher.live(tx)
            history = publications.list_publications(tx, limit=_SHOWN)
            waiting = proposals.list_open(tx, limit=_SHOWN)
            begun = drafts.list_drafts(tx, limit=_SHOWN)
            stored = bundles.list_bundles(tx, limit=_SHOWN)
            whoever = {*(each.by for each in history), *(each.by for each in waiting), *(each.by for each in begun)}
            names = {by: _name(tx, by) for by in whoever}
        done = self._desk.query().get("done", "")
        values = {
            "staff": admitted.user,
            "live": live,
            "history": history,
            "waiting": waiting,
            "drafts": begun,
            "versions": [each for each in stored if each.published_at and each.version != live.version],
            "names": names,
            "may_edit": Permission.MANAGE in access.permissions_of(admitted.user.roles),
            "outcome": type(outcome).__name__ if outcome else "",
            "checked": getattr(outcome, "checked", None),
            "done": done if done in ("published", "unchanged") else "",
        }
        return self._desk.page("admin/policies.html", values, status=_status(outcome))

    def _draft(
        self,
        tx: Tx,
        admitted: Admitted,
        draft: Draft,
        *,
        typed: str = "",
        is_stale: bool = False,
        outcome: Outcome | None = None,
    ) -> Response:
        reading = self._drafting.read(tx, draft) if not is_stale else Reading(problems=())
        live = bundles.live(tx)
        values = {
            "staff": admitted.user,
            "draft": draft,
            "text": typed or draft.text,
            "reading": reading,
            "is_stale": is_stale,
            "is_overtaken": live is not None and live.version != draft.parent,
            "outcome": type(outcome).__name__ if outcome else "",
            "may_edit": Permission.MANAGE in access.permissions_of(admitted.user.roles),
        }
        return self._desk.page("admin/draft.html", values, status=409 if is_stale else _status(outcome))


def _status(outcome: Outcome | None) -> int:
    """Return the status of a page that says what came of an attempt."""
    name = type(outcome).__name__ if outcome else ""
    return {"Stale": 409, "Refused": 422, "NotYours": 422}.get(name, 200)


def _found(tx: Tx, draft_id: str) -> Draft:
    draft = drafts.get(tx, draft_id)
    if draft is None:
        raise NotFoundError
    return draft


def _name(tx: Tx, by: str) -> str:
    """Return how people know who did something; the command line has no name."""
    user = users.get(tx, by)
    return user.display_name or user.username if user is not None else ""
