"""Policies as the API shows them: what is live, what waits, what stands against a text, what came of an attempt."""

from collections.abc import Iterable

import msgspec

from idp.admin.api.calls import Mistake, Moment, mistakes
from idp.admin.policies.model import Checked as CheckedBundle
from idp.policy.differences.model import Difference
from idp.records.bundles.model import BundleVersion, Draft, Proposal, Publication, Trial


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a bundle changes of the live one, in plain words."""

    key: str
    direction: str
    text: str


class Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """How many people a bundle would stop, by what they have set up."""

    people: int
    unmet_now: int
    unmet: int
    must_enrol: int
    examples: tuple[str, ...]
    administrators: int
    able: int


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What stands against a bundle, what it changes, and whom it would stop."""

    problems: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]
    changes: tuple[Change, ...]
    people: Concerned


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """A version at work beside the live one: a shadow, a canary, or one that starts later."""

    kind: str
    version: str
    by: str
    at: Moment
    share: float
    """Canary: percent of all people."""
    group: str


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version, and its text as it was written."""

    version: str
    name: str
    parent: str
    created_at: Moment
    published_at: Moment | None
    text: str


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """What decides now."""

    version: str
    name: str
    text: str
    beside: tuple[Beside, ...]
    drift: tuple[Change, ...]
    """What the file that is the truth would change; empty where none is."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """One change of what is live."""

    version: str
    replaced: str
    change: str
    at: Moment
    by: str
    approved_by: str
    note: str


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """A publication that waits for a second administrator."""

    id: str
    version: str
    parent: str
    by: str
    at: Moment
    note: str
    starts_at: Moment | None


class DraftShown(msgspec.Struct, frozen=True, kw_only=True):
    """A text that somebody is working on; it need not load."""

    id: str
    name: str
    parent: str
    """The version it was begun from, and is compared with."""
    by: str
    created_at: Moment
    edited_at: Moment
    edition: int
    text: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an attempt: `published`, `scheduled`, `proposed`, `started` or `unchanged`."""

    outcome: str
    version: str = ""
    replaced: str = ""
    proposal: str = ""
    starts_at: Moment | None = None
    checked: Checked | None = None


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """How one test of a bundle went."""

    name: str
    passed: bool
    differences: tuple[str, ...]


class ReadingShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a text comes to: where it does not load, only why."""

    loads: bool
    version: str
    problems: tuple[Mistake, ...]
    checked: Checked | None
    tests: tuple[Tried, ...]


def changes_of(found: Iterable[Difference]) -> tuple[Change, ...]:
    """Return changes as they are shown."""
    return tuple(Change(key=each.key, direction=each.direction.value, text=str(each.sentence)) for each in found)


def checked_of(checked: CheckedBundle) -> Checked:
    """Return what the gate says as it is shown."""
    census = checked.census
    return Checked(
        problems=mistakes(checked.problems),
        warnings=mistakes(checked.warnings),
        changes=changes_of(checked.changes),
        people=Concerned(
            people=census.people,
            unmet_now=census.unmet_now,
            unmet=census.unmet,
            must_enrol=census.must_enrol,
            examples=tuple(census.examples),
            administrators=census.administrators,
            able=census.able,
        ),
    )


def draft_of(draft: Draft) -> DraftShown:
    """Return a draft as it is shown."""
    return msgspec.convert(draft, DraftShown, from_attributes=True)


def version_of(stored: BundleVersion) -> Version:
    """Return a version as it is shown."""
    return msgspec.convert(stored, Version, from_attributes=True)


def published_of(publication: Publication) -> Published:
    """Return a publication as it is shown."""
    return Published(
        version=publication.version,
        replaced=publication.replaced,
        change=publication.change.value,
        at=publication.at,
        by=publication.by,
        approved_by=publication.approved_by,
        note=publication.note,
    )


def proposed_of(proposal: Proposal) -> Proposed:
    """Return a proposal as it is shown."""
    return msgspec.convert(proposal, Proposed, from_attributes=True)


def beside_of(trial: Trial) -> Beside:
    """Return a version at work beside the live one as it is shown."""
    return Beside(
        kind=trial.kind.value,
        version=trial.version,
        by=trial.by,
        at=trial.at,
        share=trial.share / 100,
        group=trial.audience,
    )
