"""Which path of an application requires what: the table that both middlewares read.

The rules it keeps: the first rule that fits decides, and what no rule names needs a good token all the same; a path
that two readers could take for two different ones (`//pay`, `/x/../pay`, backslashes) is refused, since the application
behind might read it as the path that a rule was made for; HEAD is GET (RFC 9110 §9.3.2).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from idp.resource_server.model import Challenge, Requirement

_AMBIGUOUS = re.compile(r"//|/\.{1,2}(?:/|$)|[\\\x00-\x1f\x7f]")
AMBIGUOUS_PATH = Challenge(status=400, error="invalid_request", error_description="The path is ambiguous")
TOKEN_ONLY = Requirement()


@dataclass(frozen=True, slots=True)
class Rule:
    """`path` is met with or without a slash at the end; a `path` that ends in a slash stands for all below it as well.

    Without a `requirement` the path is open to everybody. Without `methods` the rule is for all of them, OPTIONS of a
    CORS preflight included: put what answers those outside this middleware, or name the methods.
    """

    path: str
    requirement: Requirement | None = TOKEN_ONLY
    methods: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or _AMBIGUOUS.search(self.path):
            raise ValueError("the path of a rule starts with one slash and has neither dot segments nor backslashes")

    def fits(self, method: str, path: str) -> bool:
        """Tell whether this rule is for a request."""
        if self.methods and ("GET" if method == "HEAD" else method) not in self.methods:
            return False
        own = self.path.rstrip("/")
        return path.rstrip("/") == own or (self.path.endswith("/") and path.startswith(own + "/"))


def find_requirement(rules: Sequence[Rule], *, method: str, path: str) -> Requirement | Challenge | None:
    """Return what a request must meet, None where anybody may come, or the refusal of an ambiguous path."""
    if _AMBIGUOUS.search(path):
        return AMBIGUOUS_PATH
    return next((rule.requirement for rule in rules if rule.fits(method.upper(), path)), TOKEN_ONLY)
