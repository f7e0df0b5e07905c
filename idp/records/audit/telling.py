"""A sealed event as it is told to whoever follows the trail: by stream, by command, or at a syslog server."""

from idp.records.audit.model import Entry
from idp.records.audit.seals.model import Seal


def told(seal: Seal, entry: Entry | None) -> dict[str, object]:
    """Return one event as it is told to those who follow; of one that is gone, that it was there."""
    place: dict[str, object] = {"seal": seal.number, "link": seal.link}
    if entry is None:
        return {**place, "gone": True}
    event = entry.event
    return {
        **place,
        "id": entry.id,
        "at": event.at,
        "name": event.name,
        "person": event.user_id,
        "client": event.client_id,
        "session": event.session_id,
        "interaction": event.interaction_id,
        "decision": event.decision_id,
        "address": event.address,
        "details": dict(event.details),
    }
