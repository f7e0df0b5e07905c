"""What one version decides otherwise than another: than the one it was begun on, or than any that is kept."""

from dataclasses import dataclass

from idp.core.assurance import TraitsTable
from idp.core.errors import ConfigError, NotFoundError
from idp.policy.differences.compare import differences
from idp.policy.differences.model import Difference
from idp.policy.loader import load_text
from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion
from idp.storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two versions; `changes` is what the second does otherwise than the first."""

    before: BundleVersion | None
    """None: the second is the first there was, and nothing else was asked for."""
    after: BundleVersion
    changes: tuple[Difference, ...] | None
    """None: there is nothing to compare with, or one of them is not readable by this release."""


def found(tx: Tx, version: str) -> BundleVersion:
    """Return a version. Raises NotFoundError."""
    stored = bundles.get(tx, version)
    if stored is None:
        raise NotFoundError
    return stored


def compared(tx: Tx, version: str, beside: str, *, traits: TraitsTable) -> Comparison:
    """Compare a version with another, or with the one it was begun on where none is named. Raises NotFoundError."""
    after = found(tx, version)
    before = found(tx, beside) if beside else bundles.get(tx, after.parent) if after.parent else None
    if before is None:
        return Comparison(before=None, after=after, changes=None)
    try:
        first, second = (load_text(each.text, file=each.name, traits=traits) for each in (before, after))
    except ConfigError:
        return Comparison(before=before, after=after, changes=None)
    return Comparison(before=before, after=after, changes=differences(first, second))
