"""Values as policies write them: plain where a reader would take them for the same, in quotes where not."""

import json
import re
from typing import Any

from idp.policy.document import plain_scalar

_WORD = r"[A-Za-z0-9_.%+/][A-Za-z0-9_.%+/-]*"
_PLAIN = re.compile(rf"{_WORD}(?:[ :]{_WORD})*")


def flow(value: Any) -> str:
    """Return a value on one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{scalar(str(key))}: {flow(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(flow(item) for item in value) + "]"
        case str():
            return scalar(value)
        case _:
            return json.dumps(value)


def scalar(text: str) -> str:
    """Return a string so that it is read as this string."""
    if _PLAIN.fullmatch(text) and plain_scalar(text) == text:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def block(value: Any, *, indent: str) -> str:
    """Return a mapping as an entry of a list: one line a key, the first behind the dash."""
    first, *others = (f"{scalar(key)}: {flow(item)}\n" for key, item in value.items())
    return f"{indent}- {first}" + "".join(f"{indent}  {line}" for line in others)
