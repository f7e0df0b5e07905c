"""Rows that have one of many keys: a handful of keys a statement, so that a statement stays the same for any number."""

from collections.abc import Iterator, Sequence

from sqlalchemy import BindParameter, Executable, bindparam

from idp.storage.tx import Row, Tx

HANDFUL = 100
ANY: list[BindParameter[str]] = [bindparam(f"key{place}") for place in range(HANDFUL)]
"""What a statement asks its key to be in."""


def among(tx: Tx, statement: Executable, keys: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a statement about `ANY` for these keys."""
    for parameters in handfuls(keys):
        yield from tx.all(statement, parameters)


def handfuls(keys: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield what to give a statement about `ANY`, until each of these keys was given."""
    for start in range(0, len(keys), HANDFUL):
        handful = keys[start : start + HANDFUL]
        padded = [*handful, *[handful[0]] * (HANDFUL - len(handful))]
        yield {f"key{place}": key for place, key in enumerate(padded)}
