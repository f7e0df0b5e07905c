"""Assesses sign-ins and learns from them, over the records.

An assessment reads one row of the person's and looks into files and memory; no network. Whatever fails on the way makes
risk unknown, never low. Learning happens in the transaction that ends a sign-in, and only where it was fully verified:
an unusual one that proved itself by one channel alone teaches nothing, or a thief would teach it (risk.md §5.3).
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from idp.core.assurance import Evidence
from idp.login.assessing.crowd import Crowd
from idp.login.assessing.facts import reads_risk
from idp.login.assessing.pace import pace_of
from idp.login.model import Interaction
from idp.login.observing.sources import Sources
from idp.policy.language import Bundle, RiskShares
from idp.records.risks import store as risks
from idp.records.risks.failures import store as failures
from idp.records.risks.failures.store import Failure
from idp.records.risks.model import KeptAssessment, KeptHistory
from idp.risk.assess import Seen, assess
from idp.risk.history import History
from idp.risk.model import LOW, UNKNOWN, Assessment, Visit
from idp.risk.observation import Hasher, Keys
from idp.risk.population import lesson_of
from idp.storage.tx import Tx
from idp.web.current import Browser

_LOG = logging.getLogger(__name__)
_TAKEN_BACK = timedelta(hours=12)
"""How much older than the notice an intruder's sign-in may be: as long as an unused session lives."""
FAILED = "assessment_failed"
WAS_ME, WAS_NOT_ME = "was_me", "was_not_me"


class Assessor:
    """Risk at the door."""

    def __init__(self, *, sources: Sources, is_recording_only: bool = False) -> None:
        self._sources = sources
        self._is_recording_only = is_recording_only
        self._crowd = Crowd()

    def assessed(
        self, tx: Tx, interaction: Interaction, browser: Browser, *, shares: RiskShares, now: datetime
    ) -> Interaction:
        """Return the interaction with its assessment: made once for the person whom it is about."""
        user_id = interaction.user_id
        if user_id is None:
            return replace(interaction, assessment=None)
        if interaction.assessment is not None and interaction.assessment.user_id == user_id:
            return interaction
        return replace(interaction, assessment=self._assess(tx, user_id, browser, shares=shares, now=now))

    def continued(
        self, tx: Tx, interaction: Interaction, browser: Browser, *, bundle: Bundle, now: datetime
    ) -> Interaction:
        """Return the same for a session that is continued: assessed only where some rule reads what it would tell."""
        if interaction.user_id is None or not reads_risk(bundle.facts):
            return interaction
        return self.assessed(tx, interaction, browser, shares=bundle.risk, now=now)

    def _assess(self, tx: Tx, user_id: str, browser: Browser, *, shares: RiskShares, now: datetime) -> Assessment:
        kept, population, hasher = risks.get_history(tx, user_id), self._crowd.current(tx, now), _hasher(tx)
        near = _near(hasher, user_id, browser.address)
        failed = failures.list_near(tx, **near, now=now)
        try:
            pace = pace_of(failed, **near, now=now)
            sighting = self._sources.sight(browser, now)
            found = assess(
                user_id,
                History.unpacked(kept.blob if kept else b"", now),
                population,
                keys=hasher.keys(sighting.observation),
                seen=Seen(visit=sighting.visit, lists=sighting.lists, pace=pace, health=sighting.health),
                before=kept.last if kept else None,
                shares=(shares.challenge, shares.high),
            )
        except Exception:  # noqa: BLE001 - whatever fails, risk is then unknown and a rule asks for more
            _LOG.exception("risk could not be assessed: it is unknown")
            found = Assessment(
                user_id=user_id,
                visit=Visit(at=now),
                before=None,
                score=0.0,
                percentile=100.0,
                band=UNKNOWN,
                signals=(FAILED,),
            )
        return replace(found, is_recorded_only=self._is_recording_only)

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
        keys = Keys(network=found.network, client=found.client, cookie=_cookie_key(tx, device))
        if is_verified:
            self._learn(tx, found, keys)
            failures.forget(tx, _hasher(tx).account(found.user_id))
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
        near = _near(_hasher(tx), account, browser.address)
        failures.add(tx, Failure(at=now, **near))

    def take_back(self, tx: Tx, user_id: str, *, noticed_at: datetime, now: datetime) -> int:
        """Forget what the sign-ins around a notice, and all since, taught; return how many they were."""
        kept = risks.get_history(tx, user_id)
        taught = risks.list_taught(tx, user_id, noticed_at - _TAKEN_BACK)
        if kept is None or not taught:
            return 0
        history = History.unpacked(kept.blob, now)
        for each in taught:
            found = each.assessment
            history.forget(Keys(network=found.network, client=found.client, cookie=each.cookie_key))
            risks.say(tx, each.decision_id, WAS_NOT_ME)
        risks.save_history(tx, KeptHistory(user_id=user_id, blob=history.packed(), last=taught[-1].assessment.before))
        return len(taught)

    def _learn(self, tx: Tx, found: Assessment, keys: Keys) -> None:
        now = found.visit.at
        kept = risks.get_history(tx, found.user_id)
        history = History.unpacked(kept.blob if kept else b"", now)
        self._crowd.teach(tx, lesson_of(history, keys, gap=history.gap(now), score=found.score))
        history.learn(keys, now)
        risks.save_history(tx, KeptHistory(user_id=found.user_id, blob=history.packed(), last=found.visit))


def _cookie_key(tx: Tx, device: str) -> int:
    return _hasher(tx).cookie(device) if device else 0


def _hasher(tx: Tx) -> Hasher:
    return Hasher(risks.pepper(tx))


def _near(hasher: Hasher, account: str, address: str) -> dict[str, int]:
    """Return the keys under which failures are counted."""
    here, around = hasher.whereabouts(address)
    return {"account": hasher.account(account), "address": here, "network": around}
