"""The live policy: read from the database, kept in the process until the version there changes.

A bundle that does not load never takes effect: the last good one stays, after a restart the one published last that
still loads, and the log says why (policy.md §5).
"""

import logging
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from idp.core.assurance import TraitsTable
from idp.core.clock import Clock, SystemClock
from idp.core.errors import ConfigError, NotFoundError
from idp.policy.language import Bundle
from idp.policy.loader import load_path, load_text
from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion
from idp.storage import versions
from idp.storage.tx import Tx

_LOG = logging.getLogger(__name__)
_NAME = "bundle"
PASSKEY = "passkey"
_MOST_LOOKED_AT = 100
"""Versions; further back nobody would want to fall."""


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
        self._kept: tuple[int, Bundle] | None = None

    def live(self, tx: Tx) -> Bundle:
        """Return the live bundle. Raises NotFoundError when none was ever published."""
        version = versions.read(tx, _NAME)
        kept = self._kept
        if kept is not None and kept[0] == version:
            return kept[1]
        stored = bundles.live(tx)
        if stored is None:
            raise NotFoundError
        bundle = self._load(tx, stored, kept[1] if kept else None)
        self._kept = (version, bundle)
        return bundle

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
        """Return a bundle as it works here: what is not installed, or cannot be proven here, promises no level."""
        bundle = load_text(stored.text, file=stored.name, traits=self._traits)
        if self._installed is None:
            return bundle
        settings = {**bundle.factor_settings}
        if not self._can_attest and PASSKEY in settings:
            settings[PASSKEY] = {**settings[PASSKEY], "attestation": "none"}
        return replace(bundle, first=self._here(bundle.first), order=self._here(bundle.order), factor_settings=settings)

    def _here(self, factors: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(factor for factor in factors if factor in (self._installed or ()))
