"""Statements compiled once for one dialect, and run on the driver itself.

SQLAlchemy builds, types and compiles; running a compiled statement needs no more than its text, the order of its
parameters and the conversions of its types. That is a third of what `Connection.execute` costs (performance.md §1).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Executable, String
from sqlalchemy.dialects import postgresql

from idp.storage.errors import UnstorableValueError

_BOUND = 1024
"""Statements are module constants, far fewer than this; whoever builds them by the call must not fill the memory."""

upsert = postgresql.insert
"""INSERT … ON CONFLICT …, which both dialects write alike; SQLAlchemy compiles this one for SQLite too."""

Convert = Callable[[Any], Any]


class Prepared:
    """One compiled statement."""

    __slots__ = ("_decode", "_defaults", "_encode", "_names", "_places", "text")

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined] # every Executable we use is a ClauseElement
        self.text = str(compiled)
        named = {name: bind for bind, name in compiled.bind_names.items()}
        self._defaults = {name: bind.value for name, bind in named.items() if not bind.required}
        self._encode = {name: _encoder(bind.type, dialect) for name, bind in named.items()}
        order = compiled.positiontup if compiled.positional else None
        self._places = None if order is None else tuple((name, self._encode[name]) for name in order)
        columns = tuple(getattr(statement, "exported_columns", ()))
        self._names = tuple(column.key for column in columns)
        found = ((column.key, column.type.dialect_impl(dialect).result_processor(dialect, None)) for column in columns)
        self._decode = tuple((name, convert) for name, convert in found if convert)

    def arguments(self, parameters: Mapping[str, Any] | None) -> Any:
        """Return the parameters as the driver wants them. Raises KeyError when one is missing."""
        values = {**self._defaults, **parameters} if parameters else self._defaults
        if self._places is not None:
            return [convert(values[name]) if convert else values[name] for name, convert in self._places]
        return {name: convert(values[name]) if convert else values[name] for name, convert in self._encode.items()}

    def row(self, row: Sequence[Any]) -> Mapping[str, Any]:
        """Return the row by column name, each value as its type says."""
        values = dict(zip(self._names, row, strict=True))
        for name, convert in self._decode:
            values[name] = convert(values[name])
        return values


_COMPILED: defaultdict[type[Dialect], dict[Executable, Prepared]] = defaultdict(dict)
"""What every pool of a kind shares in this process: what is compiled follows from the statement alone."""


class Statements:
    """The compiled statements of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known = _COMPILED[type(dialect)]

    def prepared(self, statement: Executable) -> Prepared:
        """Return the statement compiled, from the second time on at the cost of a look-up."""
        known = self._known.get(statement)
        if known is None:
            if len(self._known) >= _BOUND:
                self._known.clear()
            known = self._known[statement] = Prepared(statement, self._dialect)
        return known


def _encoder(kind: Any, dialect: Dialect) -> Convert | None:
    found: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return _plain if found is None and isinstance(kind, String) else found


def _plain(value: str | None) -> str | None:
    """Refuse NUL, which SQLite would store and PostgreSQL would not."""
    if value is not None and "\x00" in value:
        raise UnstorableValueError("NUL in a text")
    return value
