"""How the service logs: one JSON object a line, or plain text for people.

Only what our own code says is logged; libraries that would show requests, tokens or statements are held at a level
where they do not, whatever `IDP_LOG_LEVEL` says.
"""

import logging
import logging.config
from datetime import UTC, datetime
from typing import Any

import msgspec

from idp.core import noted

_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_TALKATIVE = ("authlib", "urllib3", "requests_oauthlib")
"""Their debug records hold codes, tokens and URLs with both."""


class JsonFormatter(logging.Formatter):
    """One record, one line, one object; what a record has as `members` are members of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        members = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        members |= noted.ids()
        members |= getattr(record, "members", {})
        if record.exc_info:
            members["error"] = self.formatException(record.exc_info)
        return msgspec.json.encode(members).decode()


class TextFormatter(logging.Formatter):
    """One record in words; what was noted of the request stands behind it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- the name is the library's
        """Return the record as a line."""
        ids = "".join(f" {name}={value}" for name, value in noted.ids().items())
        return super().formatMessage(record) + ids


def configuration(*, form: str, level: str) -> dict[str, Any]:
    """Return what `logging.config.dictConfig` takes; the server's own records go the same way."""
    formatter: dict[str, Any] = {"()": JsonFormatter} if form == "json" else {"()": TextFormatter, "fmt": _TEXT}
    ours = {"handlers": ["console"], "level": level.upper(), "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": formatter},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "ours"},
        },
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "idp": ours,
            "_granian": ours,
            "granian.access": ours,
            **{name: {"level": "INFO"} for name in _TALKATIVE},
        },
    }


def configure(*, form: str, level: str) -> None:
    """Set logging up in this process."""
    logging.config.dictConfig(configuration(form=form, level=level))
