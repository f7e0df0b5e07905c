"""Fields of forms and parts of policies: what every kind of part has in common.

A form is texts by name. `kept` holds what was read from a form against what the same form would have read before it was
changed: what nobody touched stays as it was written, in whichever of several ways.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from idp.policy.editing.spans import alike
from idp.policy.facts import REGISTRY, FactType, base_name

Fields = Mapping[str, str]
Part = dict[str, Any]
ON = "on"
LISTS = frozenset({"in", "contains_any", "matches", "within"})
"""Operators that take several values."""
_WHOLE = 15


def listed(text: str) -> list[str]:
    """Return the words of a text, between commas or spaces."""
    return text.replace(",", " ").split()


def shown(value: Any) -> str:
    """Return a value as a field shows it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(shown(each) for each in value)
        case _:
            return str(value)


def one_or_more(names: list[str]) -> Any:
    """Return one name by itself, several as a list."""
    return names[0] if len(names) == 1 else names


def ticked(fields: Fields, prefix: str) -> list[str]:
    """Return the names that are ticked among the boxes `prefix.NAME`, in the order of the form."""
    return [
        name.removeprefix(f"{prefix}.") for name, value in fields.items() if name.startswith(f"{prefix}.") and value
    ]


def ticks(prefix: str, names: Any) -> dict[str, str]:
    """Return the boxes of these names, ticked."""
    return {f"{prefix}.{name}": ON for name in (names if isinstance(names, list) else [names] if names else [])}


def rows(fields: Fields, prefix: str) -> list[str]:
    """Return the numbers of the rows `prefix_COLUMN.NUMBER` that a form has."""
    numbers = {name.rpartition(".")[2] for name in fields if name.startswith(f"{prefix}_") and "." in name}
    return sorted((each for each in numbers if each.isascii() and each.isdigit() and len(each) < 4), key=int)


def whole(text: str) -> Any:
    """Return a whole number where the text is one, else the text: the loader says what is wrong with it."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _WHOLE else digits


def fact_value(fact: str, text: str) -> Any:
    """Return a value as the type of a fact has it; what does not fit stays text, for the loader to refuse."""
    found = REGISTRY.get(base_name(fact))
    word = text.strip()
    match found.type if found is not None else FactType.TEXT:
        case FactType.NUMBER:
            return _number(word)
        case FactType.BOOLEAN:
            return {"true": True, "false": False}.get(word, word)
        case _:
            return word


def filled(part: Mapping[str, Any]) -> Part:
    """Return a part without what is empty."""
    return {name: value for name, value in part.items() if value not in ("", [], {}, None)}


def kept(old: Any, same: Any, new: Any) -> Any:
    """Return `new`, but `old` wherever the form says what it said before (`same`)."""
    if alike(same, new):
        return old
    if not all(isinstance(each, dict) for each in (old, same, new)):
        return new
    unknown = {name: value for name, value in old.items() if name not in same and name not in new}
    order: Iterable[str] = dict.fromkeys((*old, *new))
    merged = {name: kept(old.get(name), same.get(name), value) for name, value in new.items()} | unknown
    return {name: merged[name] for name in order if name in merged}


def _number(word: str) -> Any:
    digits = word.removeprefix("-").replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _WHOLE):
        return word
    return float(word) if "." in word else int(word)
