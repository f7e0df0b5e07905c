"""The logout request (OpenID Connect RP-Initiated Logout 1.0 §2): its parameters, read strictly, judged elsewhere.

Unknown parameters are ignored and an empty one counts as omitted, as at the authorization endpoint.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.core.errors import PageError
from idp.oidc.parameters import is_readable
from idp.web.wire import Pairs

_BYTES = {"id_token_hint": 8192, "client_id": 256, "post_logout_redirect_uri": 2048, "state": 4096}
"""What we read, and how many bytes each may have. `logout_hint` and `ui_locales` change nothing here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutRequest:
    """What a relying party asks for; an empty text where it says nothing."""

    id_token_hint: str = field(default="", repr=False)
    client_id: str = ""
    post_logout_redirect_uri: str = ""
    state: str = field(default="", repr=False)

    def fields(self) -> Mapping[str, str]:
        """Return what was said, for the form that asks the person."""
        named = {name: getattr(self, name) for name in _BYTES}
        return {name: value for name, value in named.items() if value}


def parse(pairs: Pairs) -> LogoutRequest:
    """Return the request. Raises PageError for a parameter that came twice or cannot be read (RFC 6749 §3.1)."""
    counts = Counter(name for name, _ in pairs if name in _BYTES)
    values = {name: value for name, value in pairs if name in _BYTES}
    if any(count > 1 for count in counts.values()):
        raise PageError("invalid_request", "A parameter of the logout request is given twice.")
    if not all(is_readable(value, _BYTES[name]) for name, value in values.items()):
        raise PageError("invalid_request", "A parameter of the logout request is malformed.")
    return LogoutRequest(**values)
