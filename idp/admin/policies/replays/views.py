"""The console's page of one replay: how far it has come, then who would be hit, with examples to open."""

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.policies.drafting import Drafting
from idp.admin.policies.replays.examples import examples_of
from idp.admin.policies.replays.service import DAYS, Replays
from idp.admin.policies.showing import HOME, draft_page, found_draft, may_edit, names_of
from idp.core.errors import ConfigError, NotFoundError
from idp.login.begun import Admitted
from idp.records.bundles.drafts import store as drafts
from idp.records.bundles.replays import store
from idp.records.bundles.replays.model import Job
from idp.storage.tx import Tx
from idp.web.desk import Desk
from idp.web.headers import PageClass


def blueprint(desk: Desk, drafting: Drafting, replays: Replays, *, require: Require) -> Blueprint:
    """Return the pages."""
    views = Blueprint("admin_policy_replays", __name__)

    @views.post(f"{HOME}/drafts/<draft_id>/replays")
    @access.guarded(require, Permission.MANAGE)
    def start(admitted: Admitted, draft_id: str) -> Response:
        days = desk.form().get("days", "")
        if days not in map(str, DAYS):
            raise NotFoundError
        with desk.transactions.open() as tx:
            draft = found_draft(tx, draft_id)
            try:
                drafting.load(draft)
            except ConfigError:
                return desk.page(
                    "admin/draft.html", draft_page(tx, drafting, admitted, draft), status=422, kind=PageClass.EDITOR
                )
            job = replays.start(tx, draft, days=int(days), by=admitted.user.id)
        return desk.leave(f"{HOME}/replays/{job.id}")

    @views.get(f"{HOME}/replays/<replay_id>")
    @access.guarded(require, Permission.LOOK)
    def one(admitted: Admitted, replay_id: str) -> Response:
        with desk.transactions.open() as tx:
            job = _found(tx, replay_id)
            values = {
                "staff": admitted.user,
                "job": job,
                "by": names_of(tx, [job.by])[job.by],
                "draft": drafts.get(tx, job.draft_id),
                "examples": examples_of(tx, job.report),
                "may_edit": may_edit(admitted),
            }
        return desk.page("admin/replay.html", values)

    @views.post(f"{HOME}/replays/<replay_id>")
    @access.guarded(require, Permission.MANAGE)
    def discard(admitted: Admitted, replay_id: str) -> Response:  # noqa: ARG001 -- every view is told who looks
        desk.form()
        with desk.transactions.open() as tx:
            job = _found(tx, replay_id)
            store.remove(tx, job.id)
            is_there = drafts.get(tx, job.draft_id) is not None
        return desk.leave(f"{HOME}/drafts/{job.draft_id}" if is_there else HOME)

    return views


def _found(tx: Tx, replay_id: str) -> Job:
    job = store.get(tx, replay_id)
    if job is None:
        raise NotFoundError
    return job
