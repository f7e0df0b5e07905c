"""The attempt budgets (F12): one for all second factors of a person, another for passwords.

An attempt is counted before its answer is looked at, so that no fault and no race gives a free guess (OTP-06, OTP-12).
A device known to the person has a budget of its own: strangers who fill the shared one never bar it (OTP-26). For
second factors it is known only once one of them succeeded there, else each new browser of whoever knows the password
would be ten more guesses. A name that nobody has is counted like any other, so that a lock tells nothing (SES-08).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from idp.core.assurance import TraitsTable
from idp.core.tokens import digest
from idp.factors.base import Credential
from idp.policy.language import Locks
from idp.records.devices.model import KnownDevice
from idp.records.throttle import store as throttle
from idp.records.throttle.model import Budget
from idp.records.users.model import User, username_key
from idp.storage.tx import Tx

SLOWING = throttle.Slowing(after=5, first=timedelta(seconds=5))
"""Before the lock: five in a row are anybody's mistakes, the next come 5, 10, 20, 40 and 80 seconds apart."""
PASSWORD = "password"
SECOND = "second"


def family_of(factor: str) -> str:
    """Return which budget a factor's attempts count in."""
    return PASSWORD if factor == PASSWORD else SECOND


def is_guessable(factor: str, traits: TraitsTable) -> bool:
    """Tell whether attempts are counted: nobody guesses a signature, so nothing ever locks a passkey (F12)."""
    return not traits[factor].phishing_resistant


def families_of(factors: Iterable[str], traits: TraitsTable) -> frozenset[str]:
    """Return the budgets for which these proofs speak.

    A factor of no kind (a mailbox) never speaks for the second factors: whoever reads a person's mail would guess their
    codes for ever (NIST SP 800-63B-4 §3.2.2).
    """
    return frozenset(family_of(factor) for factor in factors if factor == PASSWORD or traits[factor].kinds)


def device_of(
    family: str, device: KnownDevice | None, held: Iterable[Credential], traits: TraitsTable
) -> KnownDevice | None:
    """Return the device if it has a budget of its own in this family: something of the family succeeded on it."""
    if device is None or family == PASSWORD:
        return device
    succeeded = {credential_id for credential_id, _ in device.factors}
    factors = [credential.factor for credential in held if credential.id in succeeded]
    return device if family in families_of(factors, traits) else None


def key_of(family: str, user: User, device: KnownDevice | None) -> str:
    """Return the key of a person's budget; that of a known device is its own."""
    return f"{family}:{user.id}:{device.secret_hash[:32]}" if device else f"{family}:{user.id}"


def key_of_nobody(username: str) -> str:
    """Return the key under which attempts on a name that nobody has are counted."""
    return f"{PASSWORD}:?{digest(username_key(username))[:32]}"


def reserve(tx: Tx, key: str, *, locks: Locks, now: datetime) -> throttle.Reserved:
    """Count one attempt as failed in advance; whether it may be made at all is the answer."""
    ceiling = locks.ceiling if key.startswith(f"{SECOND}:") else None
    return throttle.reserve(
        tx, key, now=now, after=locks.after, lock_for=locks.lock_for, ceiling=ceiling, slowing=SLOWING
    )


def give_back(tx: Tx, key: str) -> None:
    """Take back the count of an attempt that turned out right, where it is the only one: it was no failure.

    Earlier failures stay until a full success: a right password never forgets wrong ones (OTP-07).
    """
    throttle.give_back(tx, key)


def failures(tx: Tx, key: str) -> int:
    """Return how many attempts are counted under a key."""
    counted = throttle.get(tx, key)
    return counted.failures if counted else 0


def clear(tx: Tx, families: Iterable[str], user: User, device: KnownDevice | None) -> None:
    """Forget the failures of what has now fully succeeded: the shared budget, and this device's own."""
    for family in families:
        throttle.clear(tx, key_of(family, user, None), key_of(family, user, device) if device is not None else "")


def locked_until(tx: Tx, key: str, *, locks: Locks, now: datetime) -> tuple[bool, datetime | None]:
    """Tell whether attempts under a key are refused now, and until when; None: until somebody helps."""
    return _locked(throttle.get(tx, key), key, locks=locks, now=now)


def both_locked_until(
    tx: Tx, keys: tuple[str, str], *, locks: Locks, now: datetime
) -> tuple[tuple[bool, datetime | None], ...]:
    """Tell the same of two keys, by one read."""
    found = throttle.get_both(tx, *keys)
    return tuple(_locked(found.get(key), key, locks=locks, now=now) for key in keys)


def _locked(budget: Budget | None, key: str, *, locks: Locks, now: datetime) -> tuple[bool, datetime | None]:
    if budget is None:
        return False, None
    if key.startswith(f"{SECOND}:") and budget.failures >= locks.ceiling:
        return True, None
    return (True, budget.locked_until) if _is_locked(budget, now) else (False, None)


def _is_locked(budget: Budget, now: datetime) -> bool:
    return budget.locked_until is not None and budget.locked_until > now
