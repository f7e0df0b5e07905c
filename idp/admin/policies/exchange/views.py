"""Policies as files, comments and order kept; and the page of one version, with what it changed.

What is brought in becomes a draft and is checked like any other (ADM-28); nothing is ever published by bringing it in.
"""

from collections.abc import Sequence

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require, Route
from idp.admin.policies.drafting import Drafting
from idp.admin.policies.exchange.comparing import compared, found
from idp.admin.policies.showing import HOME, found_draft
from idp.core.assurance import TraitsTable
from idp.core.errors import ConfigError, Problem
from idp.login.begun import Admitted
from idp.records.bundles import store as bundles
from idp.web.desk import Desk

_YAML = "application/yaml"
_MOST_OTHERS = 100
"""The newest versions, with which one is compared from its page."""


def blueprint(desk: Desk, drafting: Drafting, *, traits: TraitsTable, require: Require) -> Blueprint:
    """Return the pages."""
    views = Blueprint("admin_policy_exchange", __name__)
    pages = _Pages(desk, drafting, traits)
    access.mount(
        views.add_url_rule,
        require,
        (
            Route("GET", f"{HOME}/versions/<version>", "shown", pages.shown),
            Route("GET", f"{HOME}/versions/<version>/file", "exported", pages.exported),
            Route("GET", f"{HOME}/drafts/<draft_id>/file", "exported_draft", pages.exported_draft),
            Route("GET", f"{HOME}/import", "asked", pages.asked, Permission.MANAGE),
            Route("POST", f"{HOME}/import", "imported", pages.imported, Permission.MANAGE),
        ),
    )
    return views


class _Pages:
    """What the pages do."""

    def __init__(self, desk: Desk, drafting: Drafting, traits: TraitsTable) -> None:
        self._desk = desk
        self._drafting = drafting
        self._traits = traits

    def shown(self, admitted: Admitted, version: str) -> Response:
        """Show one version: its text, and what it does otherwise than the one before, or than one that is chosen."""
        beside = self._desk.asked("beside")
        with self._desk.transactions.open() as tx:
            comparison, live = compared(tx, version, beside, traits=self._traits), bundles.live(tx)
            others = [each for each in bundles.list_bundles(tx, limit=_MOST_OTHERS) if each.version != version]
        stored, before = comparison.after, comparison.before
        values = {
            "staff": admitted.user,
            "version": stored,
            "live": live.version if live is not None else "",
            "lines": stored.text.split("\n"),
            "changes": comparison.changes,
            "before": before,
            "is_parent": before is not None and before.version == stored.parent,
            "others": others if before is None or before in (stored, *others) else [before, *others],
        }
        return self._desk.page("admin/version.html", values)

    def exported(self, admitted: Admitted, version: str) -> Response:  # noqa: ARG002 -- every page is told who looks
        """Hand out a version as it was written."""
        with self._desk.transactions.open() as tx:
            stored = found(tx, version)
        return _file(stored.text, stored.name, stored.version[:12])

    def exported_draft(self, admitted: Admitted, draft_id: str) -> Response:  # noqa: ARG002 -- the same
        """Hand out a draft as it is."""
        with self._desk.transactions.open() as tx:
            draft = found_draft(tx, draft_id)
        return _file(draft.text, draft.name, "draft")

    def asked(self, admitted: Admitted) -> Response:
        """Ask for a file."""
        return self._asking(admitted)

    def imported(self, admitted: Admitted) -> Response:
        """Keep a file as a draft, or say why not."""
        form, file = self._desk.form(), self._desk.file("file")
        try:
            text = form.get("text", "") if file is None else _decoded(file)
            with self._desk.transactions.open() as tx:
                draft = self._drafting.bring_in(tx, text, by=admitted.user.id)
        except ConfigError as error:
            return self._asking(admitted, form.get("text", ""), error.problems)
        return self._desk.leave(f"{HOME}/drafts/{draft.id}")

    def _asking(self, admitted: Admitted, typed: str = "", problems: Sequence[Problem] = ()) -> Response:
        values = {"staff": admitted.user, "text": typed, "problems": problems, "lines": typed.split("\n")}
        return self._desk.page("admin/import.html", values, status=422 if problems else 200)


def _file(text: str, name: str, mark: str) -> Response:
    """Return a file to be kept: never shown as a page, whatever is in it."""
    plain = "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "-_")) or "policy"
    headers = {"Content-Disposition": f'attachment; filename="{plain}-{mark}.yaml"'}
    return Response(text.encode(), content_type=f"{_YAML}; charset=utf-8", headers=headers)


def _decoded(file: bytes) -> str:
    """Return a file's text. Raises ConfigError."""
    try:
        return file.decode()
    except UnicodeDecodeError as error:
        raise ConfigError([Problem("not valid UTF-8", key="file")]) from error
