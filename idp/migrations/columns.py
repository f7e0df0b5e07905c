"""Columns for revisions, several at once. Revisions that ran stand still, so what is here never changes, only grows."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

Columns = Iterator[sa.Column[Any]]

UTC = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def texts(*names: str, nullable: bool = False) -> Columns:
    """Yield columns of text."""
    return _columns(names, sa.Text(), nullable=nullable)


def moments(*names: str, nullable: bool = False) -> Columns:
    """Yield columns of moments (`idp.storage.columns.Utc`)."""
    return _columns(names, UTC, nullable=nullable)


def wholes(*names: str, nullable: bool = False) -> Columns:
    """Yield columns of whole numbers of 32 bits."""
    return _columns(names, sa.Integer(), nullable=nullable)


def counters(*names: str, nullable: bool = False) -> Columns:
    """Yield columns of whole numbers of 64 bits."""
    return _columns(names, sa.BigInteger(), nullable=nullable)


def flags(*names: str) -> Columns:
    """Yield columns of truth values."""
    return _columns(names, sa.Boolean(), nullable=False)


def sealed(*names: str, nullable: bool = False) -> Columns:
    """Yield columns of sealed bytes."""
    return _columns(names, sa.LargeBinary(), nullable=nullable)


def _columns(names: tuple[str, ...], kind: sa.types.TypeEngine[Any], *, nullable: bool) -> Columns:
    return (sa.Column(name, kind, nullable=nullable) for name in names)
