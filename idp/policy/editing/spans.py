"""The least that must be rewritten to make one tree of another: pieces of text, each in the place of a span.

A value that is alike keeps its characters, comments and order included. A key that is gone takes its own line or its
place in the braces with it; a new one stands behind the last.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from idp.policy.document import Node, plain
from idp.policy.editing.writing import flow, scalar


class Piece(NamedTuple):
    """What stands from `start` to `end` becomes `text`."""

    start: int
    end: int
    text: str


def pieces(text: str, node: Node, value: Any) -> Iterator[Piece]:
    """Yield what makes `value` of the tree at `node`, in the order in which it stands."""
    if alike(plain(node), value):
        return
    if node.shape == "mapping" and isinstance(value, dict) and not node.pairs.keys().isdisjoint(value):
        yield from _mapping(text, node, value)
    else:
        yield Piece(node.start, node.end, flow(value))


def alike(one: Any, other: Any) -> bool:
    """Tell whether two values would be written alike: 1, 1.0 and true are three things."""
    return flow(one) == flow(other)


def line_start(text: str, at: int) -> int:
    """Return where the line begins that holds this place."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Return where the next line begins behind this place; a place at the beginning of a line is such an end."""
    if at and text[at - 1] == "\n":
        return at
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def applied(text: str, found: Iterator[Piece]) -> str:
    """Return the text with these pieces in it."""
    parts: list[str] = []
    at = 0
    for piece in sorted(found, key=lambda piece: piece.start):
        parts += [text[at : piece.start], piece.text]
        at = piece.end
    return "".join([*parts, text[at:]])


def _mapping(text: str, node: Node, value: dict[str, Any]) -> Iterator[Piece]:
    pairs = list(node.pairs.items())
    first = next(place for place, (name, _) in enumerate(pairs) if name in value)
    if first:  # those before the first that stays: whatever stands before them, a dash or a brace, stays
        yield Piece(pairs[0][1][0].start, pairs[first][1][0].start, "")
    for place, (name, (key, old)) in enumerate(pairs[first:], start=first):
        if name in value:
            yield from pieces(text, old, value[name])
        elif node.is_flow:
            yield Piece(pairs[place - 1][1][1].end, old.end, "")
        else:
            yield Piece(line_start(text, key.start), line_end(text, old.end), "")
    new = {name: item for name, item in value.items() if name not in node.pairs}
    if new:
        yield _added(text, node, new)


def _added(text: str, node: Node, new: dict[str, Any]) -> Piece:
    """Return the piece that adds entries behind the last one."""
    last = next(reversed(node.pairs.values()))[1]
    if node.is_flow:
        return Piece(last.end, last.end, "".join(f", {scalar(name)}: {flow(item)}" for name, item in new.items()))
    end = line_end(text, last.end)
    indent = " " * (node.column - 1)
    lines = "".join(f"{indent}{scalar(name)}: {flow(item)}\n" for name, item in new.items())
    return Piece(end, end, lines if text[:end].endswith("\n") else f"\n{lines}")
