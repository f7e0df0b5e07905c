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
from idp.web.health import Check, OptionalCheck


def checks(policies: Policies, keys: KeyRing) -> Mapping[str, Check]:
    """What must be well for the service to do its work."""

    def policy(tx: Tx) -> bool:
        # A published bundle that does not load leaves the last good one in force: it serves, and is not well.
        return policies.is_as_published(tx)

    return {
        "database": lambda tx: versions.read(tx, "bundle") >= 0,
        "keys": lambda tx: all(keys.signing_key(tx, alg).sign(b"readyz") for alg in ALGORITHMS),
        "policy": policy,
    }


def least(policies: Policies, keys: KeyRing) -> Mapping[str, Check]:
    """What must be there for the service to start: whoever is restarted serves by the last good policy, too."""
    return {**checks(policies, keys), "policy": lambda tx: bool(policies.live(tx).levels)}


def optional(database: Database) -> Mapping[str, OptionalCheck]:
    """What the service can do without, more slowly: Redis, where it has one, and the messages from it."""
    shared, told = database.shared, database.told
    return {} if shared is None else {"redis": lambda: shared.is_well() and told.is_listening}


def holds(check: Check, tx: Tx) -> bool:
    """Tell whether something is well."""
    try:
        return check(tx)
    except (LookupError, NotFoundError, BusyError):
        return False
    except UnsealError:  # sealed under a key that IDP_SECRET_KEYS no longer has
        return False
