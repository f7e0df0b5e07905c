"""One sealed event as a syslog message (RFC 5424), and how messages are told apart on a connection (RFC 6587 §3.4.1).

The text is one line of JSON, as whoever follows the trail reads it, in ASCII: nothing in it can end a line or forge
another message. `sequenceId` is the number of the seal, which has no gap, so that a receiver sees what it has missed
and what comes twice.
"""

import json
from datetime import datetime
from typing import Any

import msgspec

from idp.records.audit.model import Entry
from idp.records.audit.seals.model import Seal
from idp.records.audit.telling import told

APPLICATION = "stepup-idp"
_LOG_AUDIT, _INFORMATIONAL = 13, 6
_PRIORITY = _LOG_AUDIT * 8 + _INFORMATIONAL
_LONGEST_NAME = 32
_MOST_SEQUENCE = 2**31 - 1
_NIL = "-"


def message(seal: Seal, entry: Entry | None, *, host: str) -> bytes:
    """Return an event as one message (RFC 5424 §6); `host` names this installation."""
    at = _timestamp(entry.event.at) if entry is not None else _NIL
    name = _word(entry.event.name) if entry is not None else _NIL
    sequence = (seal.number - 1) % _MOST_SEQUENCE + 1
    header = f"<{_PRIORITY}>1 {at} {host} {APPLICATION} {_NIL} {name}"
    line = json.dumps(msgspec.to_builtins(told(seal, entry)), ensure_ascii=True, separators=(",", ":"))
    return f'{header} [meta sequenceId="{sequence}"] {line}'.encode("ascii")


def framed(messages: list[bytes]) -> bytes:
    """Return messages as a connection carries them, each behind its length in octets (RFC 5425 §4.3)."""
    return b"".join(b"%d %s" % (len(each), each) for each in messages)


def _timestamp(at: datetime) -> str:
    """Return a moment as RFC 3339 has it, which RFC 5424 §6.2.3 takes with six digits at most."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _word(text: str) -> str:
    """Return what may stand in the header: printable ASCII without a space (RFC 5424 §6.2.7)."""
    kept: Any = (letter for letter in text if "!" <= letter <= "~")
    return "".join(kept)[:_LONGEST_NAME] or _NIL
