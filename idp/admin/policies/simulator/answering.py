"""The simulator's page as a question and its answers: read from the address, asked of the live version and a draft."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from idp.admin.policies.publishing import Publisher
from idp.admin.policies.simulator.service import Question, Simulator, facts_of
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.login.policies import Policies
from idp.policy.language import Bundle
from idp.policy.loader import load_text
from idp.policy.model import Decision, FactValue
from idp.policy.operators import address_of
from idp.policy.prospects import Shown
from idp.policy.reading import duration_of
from idp.records.bundles.drafts import store as drafts
from idp.storage.tx import Tx

FIELDS = ("bundle", "who", "client", "action", "acr", "max_age", "address", "facts")
AGES = ("1m", "10m", "1h", "12h", "2d")
"""How long ago a proof may be supposed to have been given, beside here and now."""
_LONGEST = 2000


class Answer(NamedTuple):
    """What one version says."""

    bundle: Bundle
    is_live: bool
    decision: Decision


class Answering:
    """Answers questions that stand in an address."""

    def __init__(self, *, publisher: Publisher, simulator: Simulator, policies: Policies) -> None:
        self._publisher = publisher
        self._simulator = simulator
        self._policies = policies

    def live(self, tx: Tx) -> Bundle:
        """Return the live version as it works here. Raises NotFoundError where there is none."""
        return self._policies.here(self._publisher.live(tx))

    def answer(
        self, tx: Tx, live: Bundle, query: Mapping[str, str], *, now: datetime
    ) -> tuple[list[Problem], list[Answer]]:
        """Return what the live version says, and the draft that is asked beside it; or what is wrong."""
        if "ask" not in query:
            return [], []
        try:
            question = _question(query, live)
            return [], [self._said(tx, bundle, live, question, now) for bundle in (live, *self._beside(tx, query))]
        except ConfigError as error:
            return error.problems, []
        except NotFoundError as error:
            return [Problem(str(error))], []

    def _said(self, tx: Tx, bundle: Bundle, live: Bundle, question: Question, now: datetime) -> Answer:
        decision = self._simulator.decision(tx, bundle, question, now=now)
        return Answer(bundle, bundle is live, decision)

    def _beside(self, tx: Tx, query: Mapping[str, str]) -> tuple[Bundle, ...]:
        name = query.get("bundle", "")
        draft = drafts.get(tx, name) if name else None
        if draft is None:
            if name:
                raise NotFoundError("there is no such draft")
            return ()
        loaded = load_text(draft.text, file=draft.name, traits=self._policies.traits)
        return (self._policies.here(loaded),)


def _question(query: Mapping[str, str], live: Bundle) -> Question:
    """Return what is asked. Raises ConfigError naming each field that is wrong."""
    asked = {name: query.get(name, "").strip()[:_LONGEST] for name in FIELDS}
    problems: list[Problem] = []
    if asked["address"] and address_of(asked["address"]) is None:
        problems.append(Problem("must be an IP address", key="address"))
    digits = asked["max_age"]
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        problems.append(Problem("must be a whole number of seconds", key="max_age"))
    facts: dict[str, FactValue] = {}
    try:
        facts = facts_of(line for line in asked["facts"].splitlines() if line.strip())
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(problems)
    return Question(
        who=asked["who"],
        client=asked["client"],
        actions=(asked["action"],) if asked["action"] else (),
        acr_values=tuple(asked["acr"].split()),
        max_age=int(digits) if digits else None,
        address=asked["address"],
        shown=tuple(_proofs(query, live)),
        facts=facts,
    )


def _proofs(query: Mapping[str, str], live: Bundle) -> list[Shown]:
    """Return the proofs that are supposed: each here and now, or so long ago."""
    given = ((factor, query.get(f"with.{factor}", "")) for factor in live.order)
    return [
        Shown(factor, None if age == "here" else duration_of(age)) for factor, age in given if age in ("here", *AGES)
    ]
