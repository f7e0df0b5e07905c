"""Policies as files, comments and order kept; and the page of one version, with what it changed.

What is brought in becomes a draft and is checked like any other (ADM-28); nothing is ever published by bringing it in.
"""

from collections.abc import Sequence

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require, Route
from idp.admin.policies.drafting import Drafting
from idp.admin.policies.showing import HOME, found_draft
from idp.core.assurance import TraitsTable
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.login.begun import Admitted
from idp.policy.differences.compare import differences
from idp.policy.differences.model import Difference
from idp.policy.language import Bundle
from idp.policy.loader import load_text
from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion
from idp.storage.tx import Tx
from idp.web.desk import Desk

_YAML = "application/yaml"


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
        """Show one version: its text, and what it changed of the one before."""
        with self._desk.transactions.open() as tx:
            stored, live = _found(tx, version), bundles.live(tx)
            before = bundles.get(tx, stored.parent) if stored.parent else None
        values = {
            "staff": admitted.user,
            "version": stored,
            "is_live": live is not None and live.version == stored.version,
            "lines": stored.text.split("\n"),
            "changes": self._changes(before, stored),
            "before": before,
        }
        return self._desk.page("admin/version.html", values)

    def exported(self, admitted: Admitted, version: str) -> Response:  # noqa: ARG002 -- every page is told who looks
        """Hand out a version as it was written."""
        with self._desk.transactions.open() as tx:
            stored = _found(tx, version)
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
            with self._desk.transactions.open(durable=True) as tx:
                draft = self._drafting.bring_in(tx, text, by=admitted.user.id)
        except ConfigError as error:
            return self._asking(admitted, form.get("text", ""), error.problems)
        return self._desk.leave(f"{HOME}/drafts/{draft.id}")

    def _asking(self, admitted: Admitted, typed: str = "", problems: Sequence[Problem] = ()) -> Response:
        values = {"staff": admitted.user, "text": typed, "problems": problems, "lines": typed.split("\n")}
        return self._desk.page("admin/import.html", values, status=422 if problems else 200)

    def _changes(self, before: BundleVersion | None, after: BundleVersion) -> tuple[Difference, ...] | None:
        """Return what a version changed of the one before; None where there is none, or one is not readable now."""
        if before is None:
            return None
        try:
            return differences(self._loaded(before), self._loaded(after))
        except ConfigError:
            return None

    def _loaded(self, stored: BundleVersion) -> Bundle:
        return load_text(stored.text, file=stored.name, traits=self._traits)


def _found(tx: Tx, version: str) -> BundleVersion:
    stored = bundles.get(tx, version)
    if stored is None:
        raise NotFoundError
    return stored


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
