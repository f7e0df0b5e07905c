"""The router's own request and response, parsed once, so that machine endpoints cost what they do and no more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from idp.storage.tx import Tx

Pairs = tuple[tuple[str, str], ...]


class _Wire(msgspec.Struct, frozen=True, kw_only=True):
    """What each request makes anew: a tenth of what a frozen dataclass costs. What is in one is not printed."""

    def __repr__(self) -> str:
        """Return the kind alone."""
        return type(self).__name__


class Request(_Wire, frozen=True, kw_only=True):
    """One HTTP request at a machine endpoint. Header names are in lower case; pairs keep order and duplicates.

    `form` is the body alone: the query of a POST never reaches it (OAU-07).
    """

    method: str
    path: str
    headers: Mapping[str, str]
    query: Pairs = ()
    form: Pairs = ()
    address: str = ""
    query_string: str = ""
    """The query as it was sent, byte by byte (PEP 3333)."""


class Response(_Wire, frozen=True, kw_only=True):
    """One HTTP answer: committed below 500, rolled back from 500 up."""

    status: int
    body: bytes = b""
    headers: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An answer that is a page: what it shows, for whoever draws pages."""

    shows: Any = field(repr=False)


Handler = Callable[[Request, Tx], Response | Drawn]


@dataclass(frozen=True, slots=True)
class Alone:
    """A handler that is given no transaction: it opens its own, one after the other."""

    answer: Callable[[Request], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of the table of machine endpoints. `durable` routes write through the pool that survives power loss.

    A path that `has_pages` is shared with them: other methods, refusals and what is drawn are theirs. One that ends in
    `<…>` is that of every page there, whatever stands in its place.
    """

    methods: tuple[str, ...]
    path: str
    handler: Handler | Alone
    durable: bool | Callable[[Request], bool] = False
    has_pages: bool = False

    def is_durable(self, request: Request) -> bool:
        """Tell whether what this request writes must survive power loss."""
        return self.durable if isinstance(self.durable, bool) else self.durable(request)
