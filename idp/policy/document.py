"""YAML 1.2 text into a tree that remembers where everything stands.

Owns what is refused before meaning is looked at: size, depth, anchors and aliases, tags, a second document, duplicate
keys, byte order marks. Built from the parser's events without recursion, so that hostile text costs no stack.
The rule it keeps: any text gives a tree or `ConfigError`. Plain scalars follow the core schema of YAML 1.2.2 §10.3.2:
`NO` is a string.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from idp.core.errors import ConfigError, Problem

MAX_CHARACTERS = 1024 * 1024
MAX_DEPTH = 40
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,2})?")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip

Scalar = str | int | float | bool | None


@dataclass(slots=True)
class Node:
    """A scalar, a list of nodes, or a mapping in the order written, and where it starts."""

    shape: str
    """`scalar`, `list` or `mapping`."""
    file: str
    line: int
    column: int
    scalar: Scalar = None
    items: "list[Node]" = field(default_factory=list)
    pairs: "dict[str, tuple[Node, Node]]" = field(default_factory=dict)
    """By key: the key's own node, for its place, and the value."""
    start: int = 0
    end: int = 0
    """Where it stands in the text, in characters; a collection in block style ends with its last part."""
    is_flow: bool = False
    """Whether it is written in braces or brackets."""


def parse(text: str, *, file: str) -> Node:
    """Return the tree of one YAML document whose top is a mapping; raise ConfigError for anything else."""
    _check_text(text, file)
    reader = _TreeBuilder(file)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            reader.take(event)
    except ConfigError:
        raise
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _refusal(error.problem or "not YAML", file, mark) from error
    except Exception as error:
        raise _refusal("not YAML", file) from error
    if reader.root is None or reader.root.shape != "mapping":
        raise _refusal("the document must be a mapping with the key `bundle`", file)
    return reader.root


def plain(node: Node) -> Any:
    """Return the tree as ordinary lists, dictionaries and scalars."""
    if node.shape == "mapping":
        return {key: plain(value) for key, (_, value) in node.pairs.items()}
    if node.shape == "list":
        return [plain(item) for item in node.items]
    return node.scalar


class _TreeBuilder:
    """Takes events one by one and hangs each node under the innermost open collection."""

    def __init__(self, file: str) -> None:
        self.root: Node | None = None
        self._file = file
        self._open: list[Node] = []
        self._keys: list[Node | None] = []

    def take(self, event: Any) -> None:
        """Take the next event; raise ConfigError for what policies may not use."""
        self._refuse_extras(event)
        match event:
            case ScalarEvent():
                self._hang(self._node("scalar", event, _scalar(event)))
            case MappingStartEvent() | SequenceStartEvent():
                self._enter(event)
            case MappingEndEvent() | SequenceEndEvent():
                self._leave(self._open.pop(), event)
                self._keys.pop()
            case _:
                pass

    def _refuse_extras(self, event: Any) -> None:
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise _refusal("anchors and aliases are not allowed", self._file, event.start_mark)
        if isinstance(event, NodeEvent) and getattr(event, "tag", None) not in (None, "!"):
            raise _refusal("tags are not allowed", self._file, event.start_mark)
        if isinstance(event, DocumentStartEvent):
            if self.root is not None:
                raise _refusal("only one document is allowed", self._file, event.start_mark)
            if event.version not in (None, (1, 2)):
                raise _refusal("policies are YAML 1.2", self._file, event.start_mark)

    def _enter(self, event: Any) -> None:
        if len(self._open) == MAX_DEPTH:
            raise _refusal(f"nested deeper than {MAX_DEPTH}", self._file, event.start_mark)
        node = self._node("mapping" if isinstance(event, MappingStartEvent) else "list", event)
        self._hang(node)
        self._open.append(node)
        self._keys.append(None)

    def _leave(self, node: Node, event: Any) -> None:
        parts = [*node.items, *(value for _, value in node.pairs.values())]
        node.end = event.end_mark.index if node.is_flow or not parts else parts[-1].end

    def _hang(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if parent.shape == "list":
            parent.items.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = self._key(parent, node)
        else:
            parent.pairs[str(key.scalar)] = (key, node)
            self._keys[-1] = None

    def _key(self, parent: Node, node: Node) -> Node:
        if not isinstance(node.scalar, str):
            raise ConfigError([Problem("a key must be a string", self._file, node.line, node.column)])
        if node.scalar in parent.pairs:
            raise ConfigError([Problem("given twice", self._file, node.line, node.column, node.scalar)])
        return node

    def _node(self, shape: str, event: Any, scalar: Scalar = None) -> Node:
        mark = event.start_mark
        return Node(
            shape,
            self._file,
            mark.line + 1,
            mark.column + 1,
            scalar,
            start=mark.index,
            end=event.end_mark.index,
            is_flow=bool(getattr(event, "flow_style", False)),
        )


def _check_text(text: str, file: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise _refusal(f"longer than {MAX_CHARACTERS} characters", file)
    if text.startswith("\ufeff"):
        raise _refusal("starts with a byte order mark: save it as UTF-8 without one", file)
    if not text.strip():
        raise _refusal("empty", file)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise _refusal("not valid UTF-8", file)


def _scalar(event: ScalarEvent) -> Scalar:
    """Return the value of a scalar: quoted and block scalars are strings, plain ones follow the core schema."""
    text: str = event.value
    return text if event.style is not None or event.tag == "!" else plain_scalar(text)


def plain_scalar(text: str) -> Scalar:
    """Return the value of a scalar without quotes (YAML 1.2.2 §10.3.2)."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _refusal(text: str, file: str, mark: Any = None) -> ConfigError:
    if mark is None:
        return ConfigError([Problem(text, file)])
    return ConfigError([Problem(text, file, mark.line + 1, mark.column + 1)])
