"""A part of a draft, shown as a form and written back into the text: everything else keeps its characters.

What would stop a text that loads from loading is refused and nothing is kept; a text that somebody is still mending may
be mended part by part. A rule may bring its test along (policy.md §5).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from idp.admin.policies.drafting import Drafting
from idp.admin.policies.forms import examples, kinds
from idp.admin.policies.forms.fields import Fields, Part, kept
from idp.core.assurance import TraitsTable
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.policy.document import parse
from idp.policy.editing import changes
from idp.policy.loader import load_text
from idp.policy.specimens import specimen
from idp.records.bundles.model import Draft
from idp.storage.tx import Tx


class Kind(NamedTuple):
    """How one kind of part becomes a form, and a form such a part."""

    show: Callable[[str, Part], dict[str, str]]
    read: Callable[[Fields], Part]


KINDS: Mapping[str, Kind] = {
    "rules": Kind(kinds.rule_fields, kinds.read_rule),
    "actions": Kind(kinds.action_fields, kinds.read_action),
    "acr": Kind(kinds.level_fields, kinds.read_level),
    "tests": Kind(examples.fields_of, examples.read),
}
"""By section, in the order in which the page of a draft lists them."""


_tree = lru_cache(maxsize=2)(parse)
"""A page asks for the tree of one text several times, and so does the next; nobody changes a tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The names of a draft's parts; None where the text cannot be read at all."""

    parts: Mapping[str, tuple[str, ...]] | None


def outline(draft: Draft) -> Outline:
    """Return what the text of a draft is made of."""
    try:
        root = _tree(draft.text, file=draft.name)
    except ConfigError:
        return Outline(parts=None)
    return Outline(parts={section: tuple(changes.entries_of(root, section)) for section in KINDS})


class Forms:
    """Reads and writes parts of drafts."""

    def __init__(self, *, drafting: Drafting, traits: TraitsTable) -> None:
        self._drafting = drafting
        self._traits = traits

    def fields(self, draft: Draft, section: str, name: str) -> dict[str, str]:
        """Return a part as fields; an empty name: a new one. Raises NotFoundError, and ConfigError for no document."""
        if section not in KINDS:
            raise NotFoundError
        found = changes.entries_of(_tree(draft.text, file=draft.name), section)
        if name and name not in found:
            raise NotFoundError
        part = found.get(name)
        return KINDS[section].show(name, part if isinstance(part, dict) else {})

    def written(self, draft: Draft, section: str, name: str) -> tuple[int, list[str]]:
        """Return the lines of a part as they stand in the text, and the number of the first; none for a new one."""
        node = _tree(draft.text, file=draft.name).pairs[section][1] if name else None
        if node is None:
            return 0, []
        label = changes.SECTIONS[section]
        pair = next((each for each in node.items if label in each.pairs and each.pairs[label][1].scalar == name), None)
        start, part = (pair, pair) if pair is not None else node.pairs[name]
        first = draft.text.count("\n", 0, start.start)
        last = draft.text.count("\n", 0, part.end)
        return first + 1, draft.text.split("\n")[first : last + 1]

    def save(self, tx: Tx, draft: Draft, section: str, called: str, fields: Fields) -> bool:
        """Write a part; false when somebody has edited the draft since. Raises ConfigError: nothing is kept."""
        text = self._put(draft, section, called, fields)
        self._refuse_worse(draft, text)
        if section == "rules" and fields.get("write_test"):
            text = self._with_test(text, fields.get("name", "").strip(), draft.name)
        return self._drafting.save(tx, draft, text)

    def remove(self, tx: Tx, draft: Draft, section: str, called: str) -> bool:
        """Take a part out; false as in `save`. Raises ConfigError: nothing is changed."""
        text = changes.drop(draft.text, section, called, file=draft.name)
        self._refuse_worse(draft, text)
        return self._drafting.save(tx, draft, text)

    def _put(self, draft: Draft, section: str, called: str, fields: Fields) -> str:
        kind, name = KINDS[section], fields.get("name", "").strip()
        if not name:
            raise ConfigError([Problem("a name is missing", key="name")])
        new = kind.read(fields)
        old = changes.entries_of(_tree(draft.text, file=draft.name), section).get(called)
        if isinstance(old, dict):
            new = kept(old, kind.read(kind.show(called, old)), new)
        return changes.put(draft.text, section, name, new, called=called, file=draft.name)

    def _refuse_worse(self, draft: Draft, text: str) -> None:
        """Raise ConfigError where a text no longer loads that did before."""
        try:
            load_text(text, file=draft.name, traits=self._traits)
        except ConfigError:
            try:
                load_text(draft.text, file=draft.name, traits=self._traits)
            except ConfigError:
                return
            raise

    def _with_test(self, text: str, rule: str, file: str) -> str:
        """Return the text with a test that the rule flips; as it is where it does not load, or none is found."""
        try:
            found = specimen(load_text(text, file=file, traits=self._traits), rule)
        except ConfigError:
            return text
        return text if found is None else changes.put(text, "tests", found["name"], found, file=file)
