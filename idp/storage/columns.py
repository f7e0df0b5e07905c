"""Column types: moments in UTC, frozen values as JSON text, names in a row, and what is sealed.

The rule they keep: only an aware moment that UTC has a name for is stored, and it comes back as the same moment, to the
microsecond. What could not be read back would stop whoever reads the row.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST, _LAST = (
    (end.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
    for end in (datetime.min, datetime.max)  # noqa: DTZ901 -- aware
)
_NAIVE = "a moment must be aware: which one it means would depend on the machine"


class Utc(TypeDecorator[datetime]):
    """A moment: `timestamptz` in PostgreSQL, whole microseconds since 1970 in SQLite, so that both compare exactly."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that this dialect stores."""
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else BigInteger())

    def bind_processor(self, dialect: Dialect) -> Any:
        """Return what turns a moment into what the driver stores, called once for each value and nothing around it."""
        return _aware if dialect.name == "postgresql" else _microseconds

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """Return what turns a stored value into the moment, aware and in UTC."""
        return _in_utc if dialect.name == "postgresql" else _moment


def _aware(value: datetime | None) -> datetime | None:
    """Return the moment in UTC. Raises OverflowError for one of the year 10000, seen from UTC."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(_NAIVE)
    return value.astimezone(UTC)


def _microseconds(value: datetime | None) -> int | None:
    """Return the microseconds since 1970. Raises OverflowError as `_aware` does."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(_NAIVE)
    since = (value - _EPOCH) // _MICROSECOND
    if not _FIRST <= since <= _LAST:
        raise OverflowError("no moment that UTC has a name for")
    return since


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _moment(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """A frozen value of one type as JSON text: a dataclass, or a tuple of them. What is not of the type is refused."""

    impl = Text
    cache_ok = True

    def __init__(self, holds: Any) -> None:
        super().__init__()
        self.holds = holds
        self._decoder = msgspec.json.Decoder(holds)

    def bind_processor(self, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """Return what writes the JSON."""
        return _json

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:  # noqa: ARG002 - the same
        """Return what reads the value back and checks it against its type."""
        decode = self._decoder.decode
        return lambda value: None if value is None else decode(value)


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


class Words(TypeDecorator[tuple[str, ...]]):
    """Names without spaces, as text with spaces between them."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """Return what joins them."""
        return " ".join

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:  # noqa: ARG002 - the same
        """Return what takes them apart."""
        return lambda value: tuple(value.split())


class Sealed(TypeDecorator[bytes]):
    """What `SecretKeys` sealed. The type says for which context, so that a change of keys finds every such column.

    `context` gives it by the row's primary key. `lasts`: whether anybody would miss the values after a day; those of
    half-done things nobody would.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: Callable[[Any], str], *, lasts: bool) -> None:
        super().__init__()
        self.context = context
        self.lasts = lasts


class DayOf(FunctionElement[int]):
    """The day a moment lies in: whole days in UTC since 1970, on both databases."""

    type = Integer()
    inherit_cache = True
    name = "day_of"


@compiles(DayOf, "sqlite")
def _day_of_microseconds(element: DayOf, compiler: Any, **named: Any) -> str:
    return f"({compiler.process(element.clauses, **named)} / 86400000000)"


@compiles(DayOf, "postgresql")
def _day_of_timestamp(element: DayOf, compiler: Any, **named: Any) -> str:
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **named)}) / 86400) AS INTEGER)"
