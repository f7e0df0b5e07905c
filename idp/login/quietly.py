"""Passkeys that a browser makes by itself after a sign-in with a password (`mediation: conditional`).

The browser says on the page of sign-in that it can. Only where everything is proved that setting one up on the account
page would take (E2, by the same engine), and only for whoever has none, is it asked to; it holds up nobody, and where
it comes to nothing the person is left alone for a month.
"""

from datetime import timedelta

from idp.login import another
from idp.login.installed import Installed
from idp.login.situation import Situation
from idp.policy.model import Outcome
from idp.records.throttle import store as throttle
from idp.records.users.model import User
from idp.storage.tx import Tx

FIELD = "quietly"
"""The form field by which a browser says that it can."""
_LEFT_ALONE = timedelta(days=30)


def may_be_set_up(tx: Tx, situation: Situation, installed: Installed) -> str:
    """Return the factor that the browser may set up by itself now, or nothing."""
    name, user = situation.interaction.quietly, situation.user
    if not name or user is None or name not in situation.bundle.order:
        return ""
    is_there = any(credential.factor == name for credential in situation.credentials)
    if is_there or name not in installed.ceremonial or installed.enrollable_factor(name) is None:
        return ""
    if another.decision_of(situation).outcome is not Outcome.ALLOW:
        return ""
    counted = throttle.get(tx, _key(user))
    is_left_alone = counted is not None and counted.locked_until is not None and counted.locked_until > situation.now
    return "" if is_left_alone else name


def leave_alone(tx: Tx, situation: Situation, user: User) -> None:
    """Remember that it came to nothing."""
    throttle.reserve(tx, _key(user), now=situation.now, after=1, lock_for=_LEFT_ALONE, ceiling=None)


def _key(user: User) -> str:
    return f"quietly:{user.id}"
