"""Which of a person's credentials can be used now: not what is locked, tried out, or sent over a channel that is down.

What only matters to a choice of challenges is read here, and only then: locks, this device's own history, outages.
Policy is told the facts (policy.md §3.6): what cannot be used is not offered, and when it can be again is known.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from idp.login import budget, elsewhere, sender
from idp.login.installed import Installed
from idp.login.situation import Situation, device_in
from idp.policy.model import Enrolled
from idp.records.delivery.outages import store as outages
from idp.records.devices.model import KnownDevice
from idp.records.users.model import User
from idp.storage.tx import Tx

Lock = tuple[bool, datetime | None]
_FAMILIES = (budget.PASSWORD, budget.SECOND)
"""Of budgets: most people have something in each."""


def looked_closer(tx: Tx, situation: Situation, user: User, installed: Installed) -> Situation:
    """Return the situation with what can be used now, and what last succeeded on this device."""
    device = device_in(tx, situation, user)
    sends = any(installed.factors[item.factor].sending for item in situation.enrolled)
    down = outages.list_open(tx, situation.now) if sends else {}
    closer = replace(situation, device=device, has_read_device=True, outages=down)
    locks = _locks(tx, closer, user, device)
    closed = elsewhere.closed(tx, closer, user, installed)
    used_here = dict(device.factors) if device else {}
    enrolled = tuple(
        replace(_seen(tx, closer, item, installed, locks), used_here_at=used_here.get(item.credential_id))
        for item in situation.enrolled
    )
    return replace(closer, enrolled=tuple(_shut(item, closed.get(item.credential_id)) for item in enrolled))


def _locks(tx: Tx, situation: Situation, user: User, device: KnownDevice | None) -> Mapping[str, Lock]:
    """Return for each family of what is enrolled whether it is locked."""
    traits, locks, now = situation.bundle.traits, situation.bundle.locks, situation.now
    keys = {
        family: budget.key_of(family, user, budget.device_of(family, device, situation.credentials, traits))
        for family in {budget.family_of(item.factor) for item in situation.enrolled}
    }
    if len(keys) == len(_FAMILIES):
        both = keys[budget.PASSWORD], keys[budget.SECOND]
        return dict(zip(_FAMILIES, budget.both_locked_until(tx, both, locks=locks, now=now), strict=True))
    return {family: budget.locked_until(tx, key, locks=locks, now=now) for family, key in keys.items()}


def _seen(tx: Tx, situation: Situation, item: Enrolled, installed: Installed, locks: Mapping[str, Lock]) -> Enrolled:
    """Return one credential with whether it can be used now, and from when."""
    is_out, until = False, None
    if budget.is_guessable(item.factor, situation.bundle.traits):
        is_out, until = locks[budget.family_of(item.factor)]
    if not is_out and _is_tried_out(tx, situation, item, installed):
        is_out, until = True, situation.interaction.expires_at
    if not is_out and item.factor in situation.outages and not _is_put(situation, item):
        is_out, until = True, situation.outages[item.factor]
    return replace(item, available=not is_out, available_at=until)


def _shut(item: Enrolled, closed: Lock | None) -> Enrolled:
    """Return a credential that is answered on another device, shut where nothing can be asked there."""
    if closed is None or not item.available or not closed[0]:
        return item
    return replace(item, available=False, available_at=closed[1])


def _is_tried_out(tx: Tx, situation: Situation, item: Enrolled, installed: Installed) -> bool:
    """Tell whether the tries at what was sent to this destination are used up in this interaction (F3)."""
    limits = installed.factors[item.factor].sending
    if limits is None:
        return False
    key = sender.tries_key(situation.interaction.id, item.credential_id)
    return budget.failures(tx, key) >= limits.attempts


def _is_put(situation: Situation, item: Enrolled) -> bool:
    """Tell whether a code for this credential is on its way: it may arrive all the same, and is then of use."""
    interaction = situation.interaction
    return bool(interaction.challenge_state) and interaction.challenge_credential == item.credential_id
