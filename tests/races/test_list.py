"""Whatever is spent once has a race: a store that learns to spend something must be named here, with the test."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import idp

SPENDS = ("consume", "advance_step", "rotate")
"""How the functions are called that spend something by one conditional write."""
RACED = {
    "records.bundles.proposals.store.consume_proposal": "test_once_only: one proposal is agreed with once",
    "login.store.consume_left": "records/test_races: leave, over processes and threads; no request asks for it",
    "records.grants.store.consume_code": "test_once: one code is redeemed once",
    "records.grants.pushed.store.consume": "test_once: one pushed request begins once, with a session and without",
    "records.grants.families.store.rotate": "test_refresh: one refresh token has one successor",
    "records.devices.trusted.store.rotate": "test_once: one trust excuses once",
    "records.users.address_proofs.store.consume": "test_recoveries: one new address is proved once",
    "records.users.approvals.store.consume": "test_recoveries: one approval is decided and used once",
    "records.users.backup_codes.store.consume_code": "test_factors: a backup code; test_recovery_code",
    "records.users.credentials.store.advance_step": "test_once: one TOTP code; test_factors: one passkey, one ticket; "
    "test_recoveries: one temporary code",
    "records.users.links.store.consume": "test_once: one link, one report; test_recoveries: lost factors",
    "records.users.enrolment.store.consume_skip": "test_once_only: one skip is used up once",
    "records.users.tickets.store.consume": "test_once_only: one set-up token makes one owner",
}


def spenders() -> Iterator[str]:
    """Yield every function of a store that spends something."""
    for module in pkgutil.walk_packages(idp.__path__, "idp."):
        if not module.name.endswith(".store"):
            continue
        for name, _ in inspect.getmembers(import_module(module.name), inspect.isfunction):
            if name.startswith(SPENDS):
                yield f"{module.name.removeprefix('idp.')}.{name}"


def test_whatever_is_spent_once_has_a_race() -> None:
    """architecture.md §11: each single-use secret has a two-at-once test."""
    assert set(spenders()) == set(RACED)
