"""One part of a policy written, renamed or taken out of its text: a level, an action, a rule, a test (policy.md §1).

The rule it keeps: what comes out says exactly what was asked for and nothing else, or nothing comes out. The result is
parsed again and compared, so a way of writing that this does not understand is refused instead of spoilt.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from idp.core.errors import ConfigError, Problem
from idp.policy.document import Node, parse, plain
from idp.policy.editing.spans import Piece, applied, line_end, line_start, pieces
from idp.policy.editing.writing import block, flow, scalar

SECTIONS: Mapping[str, str] = {"acr": "", "actions": "", "rules": "id", "tests": "name"}
"""By section: the key by which an entry of a list is called; empty for a mapping, where the keys are the names."""


def entries_of(root: Node, section: str) -> dict[str, Any]:
    """Return the parts of a section of a document by name."""
    node = _section(root, section)
    if node is None:
        return {}
    label = SECTIONS[section]
    if not label:
        return {name: plain(value) for name, (_, value) in node.pairs.items()}
    return {str(item.pairs[label][1].scalar): plain(item) for item in node.items if label in item.pairs}


def put(text: str, section: str, name: str, value: Mapping[str, Any], *, called: str = "", file: str = "") -> str:
    """Return the text with a part written: in the place of the one called `called`, else behind the last.

    Raises ConfigError when another part has this name, or when the text is written in a way that cannot be changed.
    """
    root = parse(text, file=file)
    found = entries_of(root, section)
    if name != called and name in found:
        raise ConfigError([Problem(f"there is another {name!r}", key="name")])
    if called and called not in found:
        raise ConfigError([Problem(f"there is no {called!r} any more", key="name")])
    wanted = {(name if key == called else key): (dict(value) if key == called else old) for key, old in found.items()}
    change = _Change(text, root, section)
    return change.checked({**wanted, name: dict(value)}, change.put(name, value, called))


def drop(text: str, section: str, name: str, *, file: str = "") -> str:
    """Return the text without a part. Raises ConfigError as `put` does."""
    root = parse(text, file=file)
    found = entries_of(root, section)
    if name not in found:
        raise ConfigError([Problem(f"there is no {name!r} any more", key="name")])
    left = {key: value for key, value in found.items() if key != name}
    change = _Change(text, root, section)
    return change.checked(left, change.drop(name, left))


class _Change:
    """One change of one section of one text."""

    def __init__(self, text: str, root: Node, section: str) -> None:
        self._text = text
        self._root = root
        self._section = section
        self._label = SECTIONS[section]

    def checked(self, wanted: dict[str, Any], found: Iterator[Piece]) -> str:
        """Return the changed text, once it says what is wanted of this section and the same of all others."""
        changed = applied(self._text, found)
        after = parse(changed, file=self._root.file)
        before, now = (
            {key: value for key, value in plain(each).items() if key != self._section} for each in (self._root, after)
        )
        found_now = entries_of(after, self._section)
        if not _same(before, now) or not _same(found_now, wanted) or list(found_now) != list(wanted):
            text = f"`{self._section}` is written in a way that a form cannot change: use the text"
            raise ConfigError([Problem(text, self._root.file)])
        return changed

    def put(self, name: str, value: Mapping[str, Any], called: str) -> Iterator[Piece]:
        """Yield what writes a part."""
        node = _section(self._root, self._section)
        if called and node is not None:
            key, old = self._entry(node, called)
            if key is not None and name != called:
                yield Piece(key.start, key.end, scalar(name))
            yield from pieces(self._text, old, dict(value))
        elif node is None or not (node.items or node.pairs):
            yield self._first(name, value)
        elif node.is_flow:
            written = flow(dict(value)) if self._label else f"{scalar(name)}: {flow(dict(value))}"
            yield Piece(_last(node).end, _last(node).end, f", {written}")
        else:
            end = line_end(self._text, node.end)
            written = self._block(name, value, " " * (node.column - 1))
            yield Piece(end, end, written if self._text[:end].endswith("\n") else f"\n{written}")

    def drop(self, name: str, left: dict[str, Any]) -> Iterator[Piece]:
        """Yield what takes a part out; `left` are the others."""
        node = self._root.pairs[self._section][1]
        if not left or node.is_flow:
            yield Piece(node.start, node.end, flow(list(left.values()) if self._label else left))
        else:
            key, old = self._entry(node, name)
            yield Piece(line_start(self._text, (key or old).start), line_end(self._text, old.end), "")

    def _first(self, name: str, value: Mapping[str, Any]) -> Piece:
        """Return the piece that begins a section, or fills an empty one."""
        written = f"{self._section}:\n{self._block(name, value, '  ')}"
        pair = self._root.pairs.get(self._section)
        if pair is not None:
            return Piece(pair[0].start, line_end(self._text, pair[1].end), written)
        end = len(self._text)
        return Piece(end, end, f"\n{written}" if self._text.endswith("\n") else f"\n\n{written}")

    def _block(self, name: str, value: Mapping[str, Any], indent: str) -> str:
        return block(value, indent=indent) if self._label else f"{indent}{scalar(name)}: {flow(dict(value))}\n"

    def _entry(self, node: Node, name: str) -> tuple[Node | None, Node]:
        """Return a part with the node of its key, where it has one."""
        label = self._label
        if not label:
            return node.pairs[name]
        return None, next(item for item in node.items if label in item.pairs and item.pairs[label][1].scalar == name)


def _same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same to whoever reads them: the order of keys does not count."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _section(root: Node, section: str) -> Node | None:
    pair = root.pairs.get(section)
    return None if pair is None else pair[1]


def _last(node: Node) -> Node:
    """Return the last part of a section that has some."""
    return [*node.items, *(each for _, each in node.pairs.values())][-1]
