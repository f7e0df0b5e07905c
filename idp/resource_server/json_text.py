"""Reads JSON that others wrote: one reading only, finite numbers, bounded depth.

Refused beyond RFC 8259: a name given twice (two readers would disagree), `NaN`, `Infinity`, and numbers that overflow
to infinity (`1e400`), which would make a token live for ever.
"""

import json
import math
from typing import Any


def parse_object(text: bytes) -> dict[str, Any]:
    """Return the JSON object in `text`; raise ValueError for anything else."""
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_without_repeats,
            parse_float=_finite,
            parse_constant=_refuse,
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is given twice")
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
