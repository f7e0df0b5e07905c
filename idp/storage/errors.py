"""What can go wrong between us and the database, in our own words.

The rule it keeps: no driver's text reaches a caller, for it may quote the row; a constraint is told by its name.
"""

import logging
import sqlite3

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from idp.core.errors import BusyError

DRIVER_ERRORS = (sqlite3.Error, psycopg.Error, UnicodeEncodeError, OverflowError)
"""What a driver may raise while it runs a statement; give it to `translated`."""

ENGINE_ERRORS = (*DRIVER_ERRORS, SQLAlchemyError, BusyError)
"""What may be raised by asking the engine itself, as migrations do, when there is no database to be asked."""

RETRY_AFTER = 1
"""Seconds."""
_LOG = logging.getLogger(__name__)

_UNWRITABLE_STATES = frozenset(
    {
        "53100",  # disk_full
        "53200",  # out_of_memory
        "58030",  # io_error
    }
)
_BUSY_STATES = frozenset(
    {
        "53300",  # too_many_connections
        "55P03",  # lock_not_available
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now
    }
)


_OVERTAKEN_STATES = frozenset(
    {
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
    }
)


class OvertakenError(BusyError):
    """Others were faster, and nothing was written: the same may succeed if the whole transaction is tried again.

    What isolation a database runs at is its operator's choice; distributed ones know no other than SERIALIZABLE.
    """


class UnstorableValueError(ValueError):
    """A value that no column can hold: NUL or a lone surrogate in a text, a number or a key too large. Answer 400."""


class ConflictError(Exception):
    """A row that a constraint does not allow: there is one like it already, or what it refers to is missing."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint
        """PostgreSQL: the constraint's name; SQLite: table and columns."""


def translated(error: Exception) -> Exception:
    """Return our own exception for a driver's, or the same one when it is a defect."""
    if isinstance(error, sqlite3.Error):
        return _from_sqlite(error)
    if isinstance(error, psycopg.Error):
        return _from_postgresql(error)
    if isinstance(error, UnicodeEncodeError | OverflowError):
        return UnstorableValueError(type(error).__name__)
    return error


def _unwritable(what: str) -> BusyError:
    """Tell the operator that the database has no room or a broken disk; whoever asks may come again (FLT-15)."""
    _LOG.error("the database cannot write: %s", what)
    return BusyError(RETRY_AFTER)


def is_lost(error: Exception) -> bool:
    """Tell whether the connection itself has gone, so that a new one may help."""
    if not isinstance(error, psycopg.OperationalError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


def _from_sqlite(error: sqlite3.Error) -> Exception:
    if isinstance(error, sqlite3.IntegrityError):
        return ConflictError(str(error).partition(": ")[2] or str(error))
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return BusyError(RETRY_AFTER)
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return _unwritable(name)
    if isinstance(error, sqlite3.DataError):
        return UnstorableValueError(type(error).__name__)
    return error


def _from_postgresql(error: psycopg.Error) -> Exception:
    if isinstance(error, psycopg.IntegrityError):
        return ConflictError(error.diag.constraint_name or "")
    if isinstance(error, psycopg.DataError | psycopg.errors.ProgramLimitExceeded):
        return UnstorableValueError(type(error).__name__)
    if error.sqlstate in _OVERTAKEN_STATES:
        return OvertakenError(RETRY_AFTER)
    if error.sqlstate in _BUSY_STATES or is_lost(error):
        return BusyError(RETRY_AFTER)
    if error.sqlstate in _UNWRITABLE_STATES:
        return _unwritable(error.sqlstate or "")
    return error
