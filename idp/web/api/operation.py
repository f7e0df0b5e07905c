"""One operation of a JSON API as data: from it come the route, the checks of what is sent, and the document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Handle = Callable[..., Any]
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: how it is called, what must be admitted first, what it takes and gives."""

    verb: str
    path: str
    """Below the API's root; `{name}` is a part that differs."""
    name: str
    summary: str
    handle: Handle
    action: str = ""
    """The action of the policy that is asked first; empty: being let in at all is enough."""
    asks: Any = None
    """The type of its query: a `msgspec.Struct` whose members all have defaults."""
    takes: Any = None
    """The type of its body."""
    gives: Any = None
    """The type of its answer; None: there is none (204)."""
    media: str = JSON
    """The media type of its answer."""

    @property
    def is_change(self) -> bool:
        """Tell whether it may change something."""
        return self.verb != "GET"
