"""From a dataclass to the parameters of its row; the way back is the dataclass's own constructor."""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def values_of(instance: "DataclassInstance") -> dict[str, Any]:
    """Return the fields by name, shallow: nested values are for the column types to write."""
    return {field.name: getattr(instance, field.name) for field in fields(instance)}
