"""What must be well before the service starts, and while it serves: tables, keys, policy."""

from collections.abc import Mapping

from idp.cli.installation import ALGORITHMS
from idp.core.errors import BusyError, NotFoundError
from idp.core.secrets import UnsealError
from idp.login.policies import Policies
from idp.records.keys.service import KeyRing
from idp.storage import versions
from idp.storage.engine import Database
from idp.storage.tx import Tx
from idp.web.health import Check


def checks(policies: Policies, keys: KeyRing) -> Mapping[str, Check]:
    """What must be well for the service to start, and to do its work."""
    return {
        "database": lambda tx: versions.read(tx, "bundle") >= 0,
        "keys": lambda tx: all(keys.signing_key(tx, alg).sign(b"readyz") for alg in ALGORITHMS),
        "policy": lambda tx: bool(policies.live(tx).levels),
    }


def optional(policies: Policies, database: Database) -> Mapping[str, Check]:
    """What the service can do without: the policy as it was published, by the last good one (policy.md §5); Redis.

    Redis, where it has one, and the messages from it, only more slowly.
    """
    shared, told = database.shared, database.told
    redis: Mapping[str, Check] = {} if shared is None else {"redis": lambda _: shared.is_well() and told.is_listening}
    return {"policy": policies.is_as_published, **redis}


def holds(check: Check, tx: Tx) -> bool:
    """Tell whether something is well."""
    try:
        return check(tx)
    except (LookupError, NotFoundError, BusyError):
        return False
    except UnsealError:  # sealed under a key that IDP_SECRET_KEYS no longer has
        return False
