"""Assesses sign-ins and learns from them, over the records.

An assessment reads one row of the person's and looks into files and memory; no network. Whatever fails on the way makes
risk unknown, never low. Learning happens in the transaction that ends a sign-in, and only where it was fully verified:
an unusual one that proved itself by one channel alone teaches nothing, or a thief would teach it (risk.md §5.3).
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from idp.core.assurance import Evidence
from idp.core.tokens import Tokens
from idp.login import denials
from idp.login.assessing.crowd import Crowd
from idp.login.assessing.facts import reads_risk
from idp.login.assessing.pace import pace_of
from idp.login.assessing.peppers import Peppers
from idp.login.model import Interaction
from idp.login.observing.sources import NOWHERE, Reachable, Sources
from idp.policy.language import Bundle, RiskShares
from idp.records.risks import store as risks
from idp.records.risks.failures import store as failures
from idp.records.risks.failures.store import Failure
from idp.records.risks.model import WAS_ME, KeptAssessment, KeptHistory
from idp.records.users import store as users
from idp.records.users.model import User
from idp.risk.assess import Seen, assess
from idp.risk.history import History
from idp.risk.model import FAILED, LOW, UNKNOWN, Assessment, Visit
from idp.risk.observation import Keys
from idp.risk.population import Population, lesson_of
from idp.risk.rekeying import move
from idp.storage.tx import Tx
from idp.web.current import Browser

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """Whom an assessment is about, what they are doing, and when."""

    user_id: str
    reached: Reachable
    is_action: bool
    now: datetime


class Assessor:
    """Risk at the door."""

    def __init__(self, *, sources: Sources, tokens: Tokens, is_recording_only: bool = False) -> None:
        self._sources = sources
        self._is_recording_only = is_recording_only
        self._crowd = Crowd()
        self._peppers = Peppers(tokens=tokens)

    def assessed(
        self,
        tx: Tx,
        interaction: Interaction,
        browser: Browser,
        *,
        user: User | None,
        shares: RiskShares,
        now: datetime,
    ) -> Interaction:
        """Return the interaction with its assessment: made once for the person whom it is about."""
        if interaction.user_id is None:
            return structs.replace(interaction, assessment=None)
        if interaction.assessment is not None and interaction.assessment.user_id == interaction.user_id:
            return interaction
        about = _About(
            user_id=interaction.user_id, reached=_reached(user), is_action=bool(interaction.demand.actions), now=now
        )
        return structs.replace(interaction, assessment=self._assess(tx, about, browser, shares))

    def population(self, tx: Tx, now: datetime) -> Population:
        """Return everybody together, as assessments see them."""
        return self._crowd.current(tx, now)

    def continued(
        self, tx: Tx, interaction: Interaction, browser: Browser, *, bundle: Bundle, now: datetime
    ) -> Interaction:
        """Return the same for a session that is continued: assessed only where some rule reads what it would tell."""
        if interaction.user_id is None or not reads_risk(bundle.facts):
            return interaction
        user = users.get(tx, interaction.user_id)
        return self.assessed(tx, interaction, browser, user=user, shares=bundle.risk, now=now)

    def _assess(self, tx: Tx, about: _About, browser: Browser, shares: RiskShares) -> Assessment:
        kept, population = risks.get_history(tx, about.user_id), self._crowd.current(tx, about.now)
        near = self._near(tx, about.user_id, browser.address, about.now)
        failed = failures.list_near(tx, **near, now=about.now)
        try:
            sighting = self._sources.sight(browser, about.now, reached=about.reached)
            keys, moves = self._peppers.keys(tx, sighting.observation, about.now)
            history = History.unpacked(kept.blob if kept else b"", about.now)
            move(moves, history, population)
            pace = (*pace_of(failed, **near, now=about.now), *self._crowd.signals(keys))
            found = assess(
                about.user_id,
                history,
                population,
                keys=keys,
                seen=Seen(
                    visit=sighting.visit,
                    lists=sighting.lists,
                    pace=pace,
                    person=(*_denied(kept, about.now), *sighting.person),
                    is_action=about.is_action,
                    health=sighting.health,
                ),
                before=kept.last if kept else None,
                shares=(shares.challenge, shares.high),
            )
        except Exception:  # noqa: BLE001 - whatever fails, risk is then unknown and a rule asks for more
            _LOG.exception("risk could not be assessed: it is unknown")
            return replace(_unknown(about), is_recorded_only=self._is_recording_only)
        return replace(found, moves=moves, is_recorded_only=self._is_recording_only)

    def keep(
        self, tx: Tx, interaction: Interaction, *, decision_id: str, proofs: tuple[Evidence, ...], device: str
    ) -> None:
        """Keep the assessment under the decision that was made with it; a verified sign-in teaches.

        `device` is the secret that the browser's device cookie holds from now on; empty where nothing was proved here.
        """
        found = interaction.assessment
        if found is None:
            return
        is_doubly_proved = len({proof.channel for proof in proofs}) > 1
        is_verified = bool(proofs) and (found.band == LOW or is_doubly_proved) and FAILED not in found.signals
        hasher = self._peppers.hasher(tx, found.visit.at)
        keys = Keys(network=found.network, client=found.client, cookie=hasher.cookie(device), hints=found.hints)
        if is_verified:
            self._learn(tx, found, keys)
            failures.forget(tx, hasher.account(found.user_id))
        risks.add(
            tx,
            KeptAssessment(
                decision_id=decision_id,
                user_id=found.user_id,
                at=found.visit.at,
                band=found.band,
                assessment=found,
                cookie_key=keys.cookie,
                taught=is_verified,
                feedback=WAS_ME if is_verified and found.band != LOW else "",
            ),
        )

    def note_failure(self, tx: Tx, account: str, browser: Browser, now: datetime) -> None:
        """Remember that an attempt failed; `account` is a person's id, or names a name that nobody has."""
        near = self._near(tx, account, browser.address, now)
        country, provider = self._sources.network_of(browser.address, now)
        key = self._peppers.hasher(tx, now).provider(country, provider)
        failures.add(tx, Failure(at=now, **near, provider=key))

    def _learn(self, tx: Tx, found: Assessment, keys: Keys) -> None:
        now = found.visit.at
        kept = risks.get_history(tx, found.user_id)
        history = History.unpacked(kept.blob if kept else b"", now)
        for old, new in found.moves:
            history.move(old, new)
        is_new = len(history) > 0 and not history.has_cookie(keys)
        lesson = lesson_of(history, keys, now, score=found.score)
        self._crowd.teach(tx, replace(lesson, moves=found.moves))
        history.learn(keys, now)
        visit = replace(found.visit, is_new_device=is_new)
        risks.save_history(tx, KeptHistory(user_id=found.user_id, blob=history.packed(), last=visit))

    def _near(self, tx: Tx, account: str, address: str, now: datetime) -> dict[str, int]:
        """Return the keys under which failures are counted."""
        hasher = self._peppers.hasher(tx, now)
        here, around = hasher.whereabouts(address)
        return {"account": hasher.account(account), "address": here, "network": around}


def _reached(user: User | None) -> Reachable:
    """Return where the person is reached, as far as that was proved."""
    if user is None:
        return NOWHERE
    return Reachable(
        mail=user.email if user.email_verified_at else "", phone=user.phone if user.phone_verified_at else ""
    )


def _denied(kept: KeptHistory | None, now: datetime) -> tuple[str, ...]:
    at = kept.denied_at if kept else None
    return ("prompt_denied",) if at is not None and now - at < denials.REMEMBERED else ()


def _unknown(about: _About) -> Assessment:
    return Assessment(
        user_id=about.user_id,
        visit=Visit(at=about.now),
        before=None,
        score=0.0,
        percentile=100.0,
        band=UNKNOWN,
        signals=(FAILED,),
    )
