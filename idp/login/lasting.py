"""Whether a person can do without one of their credentials, by the same engine that will ask them (policy.md §3).

Asked twice of a person who has proved all they have, once with the credential and once without: for signing in, and for
changing sign-in methods. What is only allowed with it, policy needs.
"""

from datetime import datetime

from msgspec.structs import replace

from idp.core.assurance import Evidence
from idp.login.elsewhere import is_elsewhere
from idp.login.installed import Installed
from idp.login.model import INTERACTION_TTL, Interaction
from idp.login.situation import Situation, gather
from idp.login.standing import Judge
from idp.policy.engine import decide
from idp.policy.model import Demand, Enrolled, Outcome
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser

_SUPPOSED = "supposed"


def is_needed(tx: Tx, judge: Judge, user: User, credential_id: str, *, action: str, now: datetime) -> bool:
    """Tell whether policy allows with this credential what it would not allow without it."""
    for actions in ((), (action,)):
        bundle, supposed = judge.bundle(tx, user.id), _supposed(user, actions, now)
        situation = gather(tx, supposed, Browser(), bundle=bundle, completing=judge.completing, now=now)
        installed = judge.installed(tx, user.id)
        counted = {*installed.enrollable} | _others(installed)
        held = [item for item in situation.enrolled if item.factor in counted]
        # What is answered on another device stands on what is proved there: nothing else may be given up for it.
        held = [item for item in held if not is_elsewhere(installed, item.factor)]
        kept = [item for item in held if item.credential_id != credential_id]
        if _suffices(situation, held) and not _suffices(situation, kept):
            return True
    return False


def _others(installed: Installed) -> frozenset[str]:
    """Return the factors that nobody sets up by hand: they count; a list of backup codes alone does not."""
    return frozenset(name for name in installed.factors if installed.enrollable_factor(name) is None)


def _suffices(situation: Situation, held: list[Enrolled]) -> bool:
    proven = tuple(_proof(situation, item) for item in held)
    supposed = replace(situation, enrolled=tuple(held), evidence=proven)
    decision = decide(situation.bundle, supposed.facts(), proven, supposed.enrolled, now=situation.now)
    return decision.outcome is Outcome.ALLOW


def _proof(situation: Situation, item: Enrolled) -> Evidence:
    return Evidence(
        factor=item.factor,
        at=situation.now,
        user_id=situation.user.id if situation.user else "",
        credential_id=item.credential_id,
        interaction_id=_SUPPOSED,
        channel=item.channel,
        properties=item.properties,
    )


def _supposed(user: User, actions: tuple[str, ...], now: datetime) -> Interaction:
    return Interaction(
        id=_SUPPOSED,
        purpose=_SUPPOSED,
        demand=Demand(client_id="", actions=actions),
        resume="",
        browser_hash="",
        created_at=now,
        expires_at=now + INTERACTION_TTL,
        user_id=user.id,
    )
