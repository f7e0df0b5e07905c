"""The policy in force: read from the database, kept in the process until the version there changes.

A bundle that does not load never takes effect: the last good one stays, after a restart the one published last that
still loads, and the log says why (policy.md §5). A scheduled one is in force from its moment on, on every node, without
anybody doing anything; a canary decides for some people, a shadow for nobody. All of these count only while the version
they were started beside is the live one.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from idp.core.assurance import TraitsTable
from idp.core.clock import Clock, SystemClock
from idp.core.errors import ConfigError, NotFoundError
from idp.policy.canary import is_chosen, is_invited
from idp.policy.language import Bundle
from idp.policy.loader import load_path, load_text
from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion, Rollout, Trial
from idp.records.bundles.rollouts import store as rollouts
from idp.records.users import store as users
from idp.storage import versions
from idp.storage.tx import Tx

_LOG = logging.getLogger(__name__)
_NAME = "bundle"
PASSKEY = "passkey"
_MOST_LOOKED_AT = 100
"""Versions; further back nobody would want to fall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the process keeps of one state of the database."""

    state: int
    live: Bundle
    published: str
    """The version that the database calls live; another than `live` where that one does not load."""
    beside: dict[Rollout, tuple[Trial, Bundle]]


class Policies:
    """Gives the bundle that decides now."""

    def __init__(
        self,
        *,
        traits: TraitsTable,
        clock: Clock | None = None,
        installed: Collection[str] | None = None,
        can_attest: bool = False,
    ) -> None:
        """`installed` names the factors that this installation has; None where nobody will be challenged.

        `can_attest`: whether it has metadata, without which no attestation proves anything.
        """
        self._can_attest = can_attest
        self._traits = traits
        self._installed = installed
        self._clock: Clock = clock or SystemClock()
        self._last: _Kept | None = None
        self._reading = Lock()

    @property
    def traits(self) -> TraitsTable:
        """Return the traits of every factor there is here, own ones included."""
        return self._traits

    def live(self, tx: Tx) -> Bundle:
        """Return the live bundle. Raises NotFoundError when none was ever published."""
        kept = self._kept(tx)
        return self._due(kept) or kept.live

    def for_person(self, tx: Tx, user_id: str | None) -> Bundle:
        """Return the bundle that decides about this person: the canary's, if they are among its people."""
        kept = self._kept(tx)
        due = self._due(kept)
        if due is not None or user_id is None or Rollout.CANARY not in kept.beside:
            return due or kept.live
        trial, bundle = kept.beside[Rollout.CANARY]
        return bundle if _is_for(tx, trial, user_id) else kept.live

    def shadow(self, tx: Tx) -> Bundle | None:
        """Return the bundle that is only compared with the live one."""
        kept = self._kept(tx)
        found = kept.beside.get(Rollout.SHADOW)
        return found[1] if found is not None and self._due(kept) is None else None

    def is_as_published(self, tx: Tx) -> bool:
        """Tell whether the version that was published is the one in force."""
        kept = self._kept(tx)
        return self._due(kept) is not None or kept.live.version == kept.published

    def here(self, bundle: Bundle) -> Bundle:
        """Return a bundle as it works here: what is not installed, or cannot be proven here, promises no level."""
        if self._installed is None:
            return bundle
        settings = {**bundle.factor_settings}
        if not self._can_attest and PASSKEY in settings:
            settings[PASSKEY] = {**settings[PASSKEY], "attestation": "none"}
        first, order = self._those_here(bundle.first), self._those_here(bundle.order)
        return replace(bundle, first=first, order=order, factor_settings=settings)

    def ensure(self, tx: Tx, path: Path) -> None:
        """Publish the file as version 1 at the first start; afterwards the database is the truth."""
        if bundles.live(tx) is not None:
            return
        bundle = load_path(path, traits=self._traits)
        now = self._clock.now()
        if bundles.get(tx, bundle.version) is None:
            stored = BundleVersion(
                version=bundle.version, name=bundle.name, text=bundle.text, parent="", created_at=now
            )
            bundles.add(tx, stored)
        bundles.publish(tx, bundle.version, now)
        versions.bump(tx, _NAME)

    def _kept(self, tx: Tx) -> _Kept:
        state = versions.read(tx, _NAME)
        last = self._last
        if last is not None and last.state == state:
            return last
        # After a change everybody comes at once: one reads it, which takes long, and the others wait for that (FLT-43).
        with self._reading:
            last = self._last
            return last if last is not None and last.state == state else self._read_anew(tx, state, last)

    def _read_anew(self, tx: Tx, state: int, last: _Kept | None) -> _Kept:
        stored = bundles.live(tx)
        if stored is None:
            raise NotFoundError
        live = self._load(tx, stored, last.live if last else None)
        kept = _Kept(state=state, live=live, published=stored.version, beside=self._beside(tx, stored.version))
        self._last = kept
        return kept

    def _due(self, kept: _Kept) -> Bundle | None:
        """Return the scheduled bundle once its moment has come."""
        scheduled = kept.beside.get(Rollout.SCHEDULED)
        return scheduled[1] if scheduled is not None and scheduled[0].at <= self._clock.now() else None

    def _beside(self, tx: Tx, live: str) -> dict[Rollout, tuple[Trial, Bundle]]:
        found: dict[Rollout, tuple[Trial, Bundle]] = {}
        for trial in rollouts.list_rollouts(tx):
            stored = bundles.get(tx, trial.version) if trial.parent == live else None
            if stored is None:
                continue
            try:
                found[trial.kind] = (trial, self._read(stored))
            except ConfigError:
                _LOG.exception("bundle %s does not load: it is no %s", trial.version, trial.kind)
        return found

    def _load(self, tx: Tx, stored: BundleVersion, last_good: Bundle | None) -> Bundle:
        try:
            return self._read(stored)
        except ConfigError:
            fallback = last_good or self._last_that_loads(tx, stored)
            if fallback is None:
                raise
            _LOG.exception("bundle %s does not load; %s stays", stored.version, fallback.version)
            return fallback

    def _last_that_loads(self, tx: Tx, broken: BundleVersion) -> Bundle | None:
        published = [
            (each.published_at, each)
            for each in bundles.list_bundles(tx, limit=_MOST_LOOKED_AT)
            if each.published_at is not None and each.version != broken.version
        ]
        for _, each in sorted(published, key=lambda pair: pair[0], reverse=True):
            try:
                return self._read(each)
            except ConfigError:
                continue
        return None

    def _read(self, stored: BundleVersion) -> Bundle:
        return self.here(load_text(stored.text, file=stored.name, traits=self._traits))

    def _those_here(self, factors: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(factor for factor in factors if factor in (self._installed or ()))


def _is_for(tx: Tx, trial: Trial, user_id: str) -> bool:
    """Tell whether a canary decides about this person."""
    if not trial.audience:
        return is_chosen(trial.version, user_id, share=trial.share)
    user = users.get(tx, user_id)
    return user is not None and is_invited(user.groups, trial.audience)
