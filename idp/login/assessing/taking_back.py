"""Takes back what somebody else's sign-ins taught: a person has said of them that they were not theirs."""

from datetime import datetime, timedelta
from itertools import chain

from idp.records.risks import store as risks
from idp.records.risks.model import WAS_NOT_ME, KeptHistory
from idp.risk.history import History
from idp.risk.observation import Keys
from idp.risk.rekeying import moved
from idp.storage.tx import Tx

_TAKEN_BACK = timedelta(hours=12)
"""How much older than the notice an intruder's sign-in may be: as long as an unused session lives."""


def take_back(tx: Tx, user_id: str, *, noticed_at: datetime, now: datetime) -> int:
    """Forget what the sign-ins around a notice, and all since, taught; return how many they were."""
    kept = risks.get_history(tx, user_id)
    taught = risks.list_taught(tx, user_id, noticed_at - _TAKEN_BACK)
    if kept is None or not taught:
        return 0
    history = History.unpacked(kept.blob, now)
    # A new pepper may have been drawn in between: what was seen again since is remembered under its new key.
    moves = tuple(chain.from_iterable(each.assessment.moves for each in taught))
    for each in taught:
        found = each.assessment
        keys = Keys(network=found.network, client=found.client, cookie=each.cookie_key, hints=found.hints)
        history.forget(moved(keys, moves))
        risks.say(tx, each.decision_id, WAS_NOT_ME)
    risks.save_history(tx, KeptHistory(user_id=user_id, blob=history.packed(), last=taught[-1].assessment.before))
    return len(taught)
