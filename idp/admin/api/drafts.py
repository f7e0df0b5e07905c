"""Drafts of policies, through the API: begun, imported, edited, checked, tried out, published."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import msgspec

from idp.admin import access
from idp.admin.access import Permission
from idp.admin.api.calls import (
    AdminOperation,
    Body,
    Call,
    Limit,
    Moment,
    Page,
    Query,
    RefusedError,
    Tagged,
    etag,
    mistakes,
    stale,
)
from idp.admin.api.outcomes import REFUSALS, outcome_of
from idp.admin.api.policies import MAKES, Note
from idp.admin.api.policies_shown import DraftShown, Outcome, ReadingShown, Tried, checked_of, draft_of
from idp.admin.policies.drafting import Drafting
from idp.admin.policies.model import Wish
from idp.admin.policies.publishing import Publisher
from idp.admin.policies.rolling_out import Rollouts
from idp.core.errors import NotFoundError
from idp.records.bundles.drafts import store as drafts
from idp.records.bundles.model import Draft

Text = Annotated[str, msgspec.Meta(max_length=60_000)]


class Shown(Query, frozen=True, kw_only=True):
    """How many drafts are shown."""

    limit: Limit = 50


class DraftBegun(Body, frozen=True, kw_only=True):
    """What the draft begins with; left out: the text that is live."""

    text: Text | msgspec.UnsetType = msgspec.UNSET


class DraftEdit(Body, frozen=True, kw_only=True):
    """The text as it is to be."""

    text: Text


class Publication(Body, frozen=True, kw_only=True):
    """Why, and from when; at once where no moment is given."""

    note: Note = ""
    starts_at: Moment | None = None


class Canary(Body, frozen=True, kw_only=True):
    """For whom it decides: a share of all people in percent, or a group."""

    share: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0
    group: Annotated[str, msgspec.Meta(max_length=200)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOperations:
    """The use cases behind the operations."""

    publisher: Publisher
    drafting: Drafting
    rollouts: Rollouts

    def all(self) -> tuple[AdminOperation, ...]:
        """Return every operation; editing takes no fresh proof, setting to work does, as in the console."""
        looks = partial(AdminOperation, verb="GET", action=access.CONSOLE)
        edit = partial(AdminOperation, action=access.CONSOLE, scopes=MAKES, permission=Permission.MANAGE)
        as_read = partial(edit, is_conditional=True)
        works = partial(as_read, verb="POST", action=access.POLICY, gives=Outcome, refusals=REFUSALS)
        path = "/policies/drafts/{id}"
        return (
            looks(path="/policies/drafts", name="listDrafts", summary="Drafts, edited last first", handle=self.found,
                  asks=Shown, gives=Page[DraftShown]),
            edit(verb="POST", path="/policies/drafts", name="beginDraft", summary="Begin a draft, or import one",
                 handle=self.begin, takes=DraftBegun, gives=DraftShown, is_new=True, is_tagged=True),
            looks(path=path, name="readDraft", summary="One draft", handle=self.one, gives=DraftShown, is_tagged=True),
            as_read(verb="PUT", path=path, name="editDraft", summary="Keep another text, right or wrong",
                    handle=self.edit, takes=DraftEdit, gives=DraftShown, is_tagged=True),
            as_read(verb="DELETE", path=path, name="discardDraft", summary="Throw a draft away", handle=self.discard),
            looks(path=f"{path}/check", name="checkDraft", handle=self.check, gives=ReadingShown,
                  summary="Lint, tests, what it changes, and whom it would stop"),
            as_read(verb="POST", path=f"{path}/take-up", name="takeUpDraft", handle=self.take_up, gives=DraftShown,
                    is_tagged=True, summary="Say that it was compared with what is live now"),
            works(path=f"{path}/publish", name="publishDraft", summary="Put a draft in force", handle=self.publish,
                  takes=Publication),
            works(path=f"{path}/shadow", name="startShadow", handle=self.shadow,
                  summary="Compare a draft with every decision from now on"),
            works(path=f"{path}/canary", name="startCanary", summary="Let a draft decide for some people",
                  handle=self.canary, takes=Canary),
        )  # fmt: skip

    def found(self, call: Call) -> Page[DraftShown]:
        """Return drafts."""
        return Page(items=tuple(map(draft_of, drafts.list_drafts(call.tx, limit=call.query.limit))))

    def begin(self, call: Call) -> Tagged:
        """Begin one."""
        text, by = call.body.text, call.staff.by
        draft = (
            self.drafting.begin(call.tx, by=by)
            if text is msgspec.UNSET
            else self.drafting.bring_in(call.tx, text, by=by)
        )
        return self._tagged(call, draft.id)

    def one(self, call: Call, *, id: str) -> Tagged:
        """Return one."""
        return self._tagged(call, id)

    def edit(self, call: Call, *, id: str) -> Tagged:
        """Keep another text, on the edition that was read."""
        if not self.drafting.save(call.tx, _as_read(call, id), call.body.text):
            raise stale("somebody has just edited it")
        return self._tagged(call, id)

    def discard(self, call: Call, *, id: str) -> None:
        """Throw one away, as it was read."""
        if not drafts.remove(call.tx, _as_read(call, id)):
            raise stale("somebody has just edited it")

    def check(self, call: Call, *, id: str) -> ReadingShown:
        """Return what one comes to."""
        found = self.drafting.read(call.tx, _found(call, id))
        return ReadingShown(
            loads=found.bundle is not None,
            version=found.bundle.version if found.bundle is not None else "",
            problems=mistakes(found.problems),
            checked=checked_of(found.checked) if found.checked is not None else None,
            tests=tuple(
                Tried(name=each.name, passed=each.is_passed, differences=each.differences) for each in found.tests
            ),
        )

    def take_up(self, call: Call, *, id: str) -> Tagged:
        """Say that it was compared with what is live now."""
        if not self.drafting.take_up(call.tx, _as_read(call, id)):
            raise stale("somebody has just edited it")
        return self._tagged(call, id)

    def publish(self, call: Call, *, id: str) -> Outcome:
        """Put one in force, through the gate; then it is no draft any more."""
        draft = _as_read(call, id)
        wish = self._wish(call, draft, note=call.body.note, starts_at=call.body.starts_at)
        outcome = outcome_of(self.publisher.publish(call.tx, wish))
        if outcome.outcome != "unchanged" and not drafts.remove(call.tx, draft):
            raise stale("somebody has just edited it")
        return outcome

    def shadow(self, call: Call, *, id: str) -> Outcome:
        """Compare one with every decision."""
        return outcome_of(self.rollouts.shadow(call.tx, self._wish(call, _as_read(call, id))))

    def canary(self, call: Call, *, id: str) -> Outcome:
        """Let one decide for some people."""
        body: Canary = call.body
        share = round(body.share * 100)
        if bool(share) == bool(body.group):
            raise RefusedError(422, "invalid", "Say either a share or a group")
        wish = self._wish(call, _as_read(call, id))
        return outcome_of(self.rollouts.canary(call.tx, wish, share=share, audience=body.group))

    def _wish(self, call: Call, draft: Draft, *, note: str = "", starts_at: Moment | None = None) -> Wish:
        bundle = self.drafting.load(draft)
        return Wish(bundle=bundle, parent=draft.parent, by=call.staff.by, note=note, starts_at=starts_at)

    def _tagged(self, call: Call, draft_id: str) -> Tagged:
        draft = _found(call, draft_id)
        return Tagged(draft_of(draft), etag(draft.edition))


def _found(call: Call, draft_id: str) -> Draft:
    draft = drafts.get(call.tx, draft_id)
    if draft is None:
        raise NotFoundError
    return draft


def _as_read(call: Call, draft_id: str) -> Draft:
    """Return the draft in the edition that was read. Raises RefusedError where it is another by now."""
    draft = _found(call, draft_id)
    if call.if_match != etag(draft.edition):
        raise stale("read the draft again")
    return draft
