"""Drafts: begun from what is live, edited without loss, checked, and thrown away. Publishing one is the publisher's."""

from dataclasses import dataclass

from idp.admin.policies.model import Checked
from idp.admin.policies.publishing import Publisher
from idp.core.assurance import TraitsTable
from idp.core.clock import Clock
from idp.core.errors import ConfigError, Problem
from idp.core.tokens import Tokens
from idp.policy.language import Bundle
from idp.policy.lint import Findings, lint
from idp.policy.loader import load_text, read_text
from idp.policy.trial import TrialResult, run_tests
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.bundles import store as bundles
from idp.records.bundles.drafts import store as drafts
from idp.records.bundles.model import Draft
from idp.storage.tx import Tx

MOST_CHARACTERS = 200_000
"""Of a policy that is edited on a page: reading it takes a second or two. Larger ones are published from a file."""

MOST_WHILE_TYPING = 60_000
"""Of one that is looked at after every few keys; a look goes on in the server when the page asks for another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a draft comes to: it does not load, or this stands against it."""

    problems: tuple[Problem, ...]
    """Why it does not load; each with its line."""
    bundle: Bundle | None = None
    checked: Checked | None = None
    tests: tuple[TrialResult, ...] = ()


class Drafting:
    """Keeps drafts, and says what they come to."""

    def __init__(self, *, publisher: Publisher, traits: TraitsTable, clock: Clock, tokens: Tokens) -> None:
        self._publisher = publisher
        self._traits = traits
        self._clock = clock
        self._tokens = tokens

    def begin(self, tx: Tx, *, by: str) -> Draft:
        """Begin a draft with the text that is live. Raises NotFoundError where there is none."""
        live = self._publisher.live(tx)
        return self.keep(tx, live.text, name=live.name, by=by)

    def bring_in(self, tx: Tx, text: str, *, by: str) -> Draft:
        """Keep a text from elsewhere as a draft. Raises ConfigError for what does not load: nothing is kept."""
        if not is_small_enough(text):
            raise ConfigError([Problem(f"has more than {MOST_CHARACTERS} characters: use `idp policy publish FILE`")])
        bundle = load_text(_lines(text), traits=self._traits)
        draft = self.keep(tx, bundle.text, name=bundle.name, by=by)
        event = Event(name="policy.imported", at=draft.created_at, details={"draft": draft.id, "by": by})
        audit.add(tx, event)
        return draft

    def keep(self, tx: Tx, text: str, *, name: str, by: str) -> Draft:
        """Keep a text as a new draft beside what is live. Raises NotFoundError where nothing is."""
        now = self._clock.now()
        draft = Draft(
            id=self._tokens.new_id(),
            name=name,
            text=text,
            parent=self._publisher.live(tx).version,
            by=by,
            created_at=now,
            edited_at=now,
        )
        drafts.add(tx, draft)
        return draft

    def save(self, tx: Tx, draft: Draft, text: str) -> bool:
        """Keep what was typed, right or wrong; false when somebody has edited it since this edition (409)."""
        return drafts.save(tx, draft, new_text=_lines(text), parent=draft.parent, now=self._clock.now())

    def take_up(self, tx: Tx, draft: Draft) -> bool:
        """Say that the draft was compared with what is live now; false as in `save`."""
        live = bundles.live(tx)
        parent = live.version if live is not None else draft.parent
        return drafts.save(tx, draft, new_text=draft.text, parent=parent, now=self._clock.now())

    def load(self, draft: Draft) -> Bundle:
        """Return the bundle that a draft is. Raises ConfigError with file, line and what to write instead."""
        return load_text(draft.text, file=draft.name, traits=self._traits)

    def glance(self, text: str) -> Findings:
        """Return what is wrong with a text while it is typed: nothing is kept, here or in memory."""
        try:
            return lint(read_text(_lines(text), traits=self._traits), is_typing=True)
        except ConfigError as error:
            return Findings(errors=tuple(error.problems), warnings=())

    def read(self, tx: Tx, draft: Draft) -> Reading:
        """Return what a draft comes to, changing nothing."""
        try:
            bundle = self.load(draft)
        except ConfigError as error:
            return Reading(problems=tuple(error.problems))
        checked = self._publisher.check(tx, bundle)
        return Reading(problems=(), bundle=bundle, checked=checked, tests=run_tests(bundle))


def is_small_enough(text: str) -> bool:
    """Tell whether a text may be edited on a page."""
    return len(text) <= MOST_CHARACTERS


def _lines(text: str) -> str:
    """Return the text with the line ends that files have: forms send others (HTML, form-urlencoded)."""
    return text.replace("\r\n", "\n")
