"""The console's page of the audit trail, and its files."""

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.audit import service
from idp.login.begun import Admitted
from idp.web.desk import Desk

HOME = "/admin/audit"


def blueprint(desk: Desk, *, require: Require) -> Blueprint:
    """Return the pages."""
    views = Blueprint("admin_audit", __name__)

    @views.get(HOME)
    @access.guarded(require, Permission.LOOK)
    def listed(admitted: Admitted) -> Response:
        wanted = service.read(desk.query())
        with desk.transactions.open() as tx:
            found = service.entries(tx, wanted)
            names = service.names(tx, found)
        values = {
            "staff": admitted.user,
            "entries": found,
            "names": names,
            "wanted": wanted,
            "is_full": len(found) == service.SIZE,
        }
        return desk.page("admin/audit.html", values)

    @views.get(f"{HOME}.csv")
    @access.guarded(require, Permission.LOOK)
    def csv(admitted: Admitted) -> Response:  # noqa: ARG001 -- every page is told who looks at it
        return _file("csv")

    @views.get(f"{HOME}.jsonl")
    @access.guarded(require, Permission.LOOK)
    def json_lines(admitted: Admitted) -> Response:  # noqa: ARG001 -- the same
        return _file("jsonl")

    def _file(form: str) -> Response:
        with desk.transactions.open() as tx:
            found = service.entries(tx, service.read(desk.query()), limit=service.MOST)
        body = b"".join(service.as_csv(found) if form == "csv" else service.as_json_lines(found))
        kind = "text/csv; charset=utf-8" if form == "csv" else "application/jsonl"
        headers = {"Content-Disposition": f'attachment; filename="audit.{form}"'}
        return Response(body, content_type=kind, headers=headers)

    return views
