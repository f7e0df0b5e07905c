"""The live policy: read from the database, kept in the process until the version there changes.

A bundle that does not load never takes effect: the last good one stays, and the log says why (policy.md §5).
"""

import logging
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


class Policies:
    """Gives the bundle that decides now."""

    def __init__(self, *, traits: TraitsTable, clock: Clock | None = None) -> None:
        self._traits = traits
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
        bundle = self._load(stored, kept[1] if kept else None)
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

    def _load(self, stored: BundleVersion, last_good: Bundle | None) -> Bundle:
        try:
            return load_text(stored.text, file=stored.name, traits=self._traits)
        except ConfigError:
            if last_good is None:
                raise
            _LOG.exception("bundle %s does not load; %s stays", stored.version, last_good.version)
            return last_good
