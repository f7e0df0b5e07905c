"""From a dataclass to the parameters of its row; the way back is the dataclass's own constructor."""

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def values_of(instance: "DataclassInstance") -> dict[str, Any]:
    """Return the fields by name, shallow: nested values are for the column types to write."""
    return {name: getattr(instance, name) for name in _names(type(instance))}


@cache
def _names(kind: "type[DataclassInstance]") -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
