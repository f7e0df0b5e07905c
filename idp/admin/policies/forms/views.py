"""The page of one part of a draft: its form, beside it the same part as the text has it. Works without scripts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.policies.drafting import Drafting
from idp.admin.policies.forms.conditions import JOINS
from idp.admin.policies.forms.examples import OUTCOMES as EXPECTED
from idp.admin.policies.forms.fields import Fields, rows
from idp.admin.policies.forms.kinds import COUNTS, FLAGS, OUTCOMES
from idp.admin.policies.forms.service import KINDS, Forms, outline
from idp.admin.policies.showing import HOME, draft_page, found_draft, may_edit
from idp.core.assurance import Property
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.login.begun import Admitted
from idp.policy.facts import REGISTRY
from idp.policy.operators import ALL_OPERATORS
from idp.records.bundles.model import Draft
from idp.storage.tx import Tx
from idp.web.desk import Desk

_ROWS = ("if", "unless", "need", "enrolled", "proof", "fact")
_SPARE = 2
"""Empty rows below those that are filled."""
_MOST_ROWS = 40


def blueprint(desk: Desk, drafting: Drafting, forms: Forms, *, factors: Sequence[str], require: Require) -> Blueprint:
    """Return the pages."""
    views = Blueprint("admin_policy_forms", __name__)
    pages = _Pages(desk, drafting, forms, factors)
    path = f"{HOME}/drafts/<draft_id>/parts/<section>"
    views.add_url_rule(path, "part", access.guarded(require, Permission.LOOK)(pages.part), methods=["GET"])
    views.add_url_rule(path, "save", access.guarded(require, Permission.MANAGE)(pages.save), methods=["POST"])
    return views


class _Pages:
    """What the pages do."""

    def __init__(self, desk: Desk, drafting: Drafting, forms: Forms, factors: Sequence[str]) -> None:
        self._desk = desk
        self._drafting = drafting
        self._forms = forms
        self._factors = tuple(factors)

    def part(self, admitted: Admitted, draft_id: str, section: str) -> Response:
        """Show a part as a form; without a name, an empty one, or the rule of a client: there already, or begun."""
        query = self._desk.query()
        name = query.get("name", "")
        with self._desk.transactions.open() as tx:
            draft = found_draft(tx, draft_id)
            own = f"client:{query['client']}" if section == "rules" and query.get("client") and not name else ""
            if own in (outline(draft).parts or {}).get("rules", ()):
                name = own
            try:
                fields = self._forms.fields(draft, section, name)
            except ConfigError:  # the text is no document: it must be mended there
                return self._desk.page("admin/draft.html", draft_page(tx, self._drafting, admitted, draft), status=422)
            if own and not name:
                fields |= {"name": own, "clients": query["client"]}
            return self._page(admitted, draft, section, name, fields)

    def save(self, admitted: Admitted, draft_id: str, section: str) -> Response:
        """Write the part back, or take it out; or show the same form with what is wrong."""
        form = self._desk.form()
        called = form.get("called", "")
        if section not in KINDS:
            raise NotFoundError
        with self._desk.transactions.open() as tx:
            draft = found_draft(tx, draft_id)
            if form.get("edition") != str(draft.edition):
                return self._stale(tx, admitted, draft)
            if form.get("choice") == "rows":
                return self._page(admitted, draft, section, called, form, spare=_SPARE + 4)
            try:
                is_saved = self._change(tx, draft, section, called, form)
            except ConfigError as error:
                return self._page(admitted, draft, section, called, form, problems=error.problems)
            if not is_saved:
                return self._stale(tx, admitted, draft)
        return self._desk.leave(f"{HOME}/drafts/{draft_id}")

    def _change(self, tx: Tx, draft: Draft, section: str, called: str, form: Fields) -> bool:
        if form.get("choice") == "remove":
            return self._forms.remove(tx, draft, section, called)
        return self._forms.save(tx, draft, section, called, form)

    def _stale(self, tx: Tx, admitted: Admitted, draft: Draft) -> Response:
        values = draft_page(tx, self._drafting, admitted, draft, is_stale=True)
        return self._desk.page("admin/draft.html", values, status=409)

    def _page(
        self,
        admitted: Admitted,
        draft: Draft,
        section: str,
        called: str,
        fields: Fields,
        *,
        problems: Sequence[Problem] = (),
        spare: int = _SPARE,
    ) -> Response:
        try:
            first, lines = self._forms.written(draft, section, called)
        except (ConfigError, KeyError):  # renamed meanwhile, or never there: the form says what is wrong
            first, lines = 0, []
        values: Mapping[str, Any] = {
            "staff": admitted.user,
            "draft": draft,
            "section": section,
            "called": called,
            "fields": _Filled(fields),
            "rows": {prefix: tuple(_numbers(fields, prefix, spare)) for prefix in _ROWS},
            "problems": problems,
            "wrong_keys": tuple(problem.key for problem in problems),
            "first": first,
            "lines": lines,
            "levels": (outline(draft).parts or {}).get("acr", ()),
            "factors": self._factors,
            "facts": tuple(REGISTRY),
            "operators": ALL_OPERATORS,
            "joins": JOINS,
            "outcomes": OUTCOMES,
            "expected": EXPECTED,
            "counts": COUNTS,
            "flags": FLAGS,
            "properties": tuple(Property),
            "may_edit": may_edit(admitted),
        }
        return self._desk.page("admin/part.html", values, status=422 if problems else 200)


class _Filled(dict[str, str]):
    """Fields of a form; one that it does not have is empty."""

    def __missing__(self, name: str) -> str:
        return ""


def _numbers(fields: Fields, prefix: str, spare: int) -> Iterator[str]:
    """Yield the numbers of the rows that have something in them, and of some more."""
    filled = [
        number for number in rows(fields, prefix) if any(fields.get(name) for name in _columns(fields, prefix, number))
    ]
    yield from filled
    start = max(map(int, filled), default=-1) + 1
    yield from (str(start + place) for place in range(min(spare, _MOST_ROWS - len(filled))))


def _columns(fields: Fields, prefix: str, number: str) -> Iterator[str]:
    """Yield the fields of a row but its comparison, which always says something."""
    for name in fields:
        if name.startswith(f"{prefix}_") and name.endswith(f".{number}") and name != f"{prefix}_test.{number}":
            yield name
