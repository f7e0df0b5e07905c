"""The parameters of an authorization request, as they came.

Owns what holds for every parameter alike: known names, no duplicates, no control characters, bounded length. Knows no
meaning of any of them. Unknown parameters are ignored (RFC 6749 §3.1); one without a value counts as omitted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from idp.web.wire import Pairs

_BYTES: Mapping[str, int] = {
    "response_type": 128,
    "client_id": 256,
    "redirect_uri": 2048,
    "scope": 2048,
    "state": 4096,
    "nonce": 1024,
    "response_mode": 64,
    "code_challenge": 128,
    "code_challenge_method": 16,
    "prompt": 128,
    "max_age": 16,
    "acr_values": 2048,
    "claims": 8192,
    "claims_locales": 512,
    "ui_locales": 512,
    "display": 64,
    "login_hint": 512,
    "id_token_hint": 8192,
    "authorization_details": 8192,
    "request": 65536,
    "request_uri": 65536,
    "registration": 65536,
}
"""Every parameter we read, and how many bytes of UTF-8 it may have (OAU-48)."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The known parameters by name, and those that cannot be used."""

    values: Mapping[str, str] = field(repr=False)
    doubled: frozenset[str] = frozenset()
    malformed: frozenset[str] = frozenset()
    """Too long, or with control characters, lone surrogates or other things that no line of text holds."""

    def get(self, name: str) -> str | None:
        """Return the value of a parameter, or None when it is absent, empty, doubled or malformed."""
        return self.values.get(name)

    def list_of(self, name: str) -> tuple[str, ...]:
        """Return the values of a space-delimited parameter, each once, in their order."""
        return tuple(dict.fromkeys(self.values.get(name, "").split()))

    def unusable(self, names: Iterable[str]) -> bool:
        """Tell whether any of these was given twice or in a form that cannot be read."""
        return any(name in self.doubled or name in self.malformed for name in names)


def collect(pairs: Pairs) -> Parameters:
    """Sort what came into usable, doubled (RFC 6749 §3.1) and malformed."""
    counts = Counter(name for name, _ in pairs if name in _BYTES)
    doubled = frozenset(name for name, count in counts.items() if count > 1)
    once = {name: value for name, value in pairs if name in counts and name not in doubled and value}
    malformed = frozenset(name for name, value in once.items() if not is_readable(value, _BYTES[name]))
    usable = {name: value for name, value in once.items() if name not in malformed}
    return Parameters(usable, doubled=doubled, malformed=malformed)


def fields_of(form: Pairs) -> Mapping[str, str] | None:
    """Return the parameters of a body at an endpoint of clients, None when one came twice (RFC 6749 §3.2).

    One without a value counts as omitted.
    """
    fields = dict(form)
    return None if len(fields) < len(form) else {name: value for name, value in form if value}


def is_readable(value: str, most: int) -> bool:
    """Tell whether a text is one line that every database and header can carry, in at most this many bytes."""
    # Lone surrogates are not printable, so encoding cannot fail after the first test.
    return value.isprintable() and len(value.encode()) <= most
