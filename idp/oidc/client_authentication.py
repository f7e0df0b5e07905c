"""Client authentication (RFC 6749 §2.3, OIDC Core 1.0 §9): `client_secret_basic`, `client_secret_post` and `none`.

Each client has one registered method, and that one alone is taken. Whatever is wrong — unknown client, wrong or expired
secret, another method, two at once, bytes that are no text — the answer is the same (OAU-32). Only header and body are
read, never the query.
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from idp.core.tokens import digest
from idp.oidc.parameters import is_readable
from idp.records.clients.model import Client, ClientSecret
from idp.web.pairs import unescaped

METHODS = ("client_secret_basic", "client_secret_post", "none")
_LONGEST = 1024


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """What a request shows of its client."""

    method: str
    client_id: str
    secret: str

    def __repr__(self) -> str:
        """Return all but the secret."""
        return f"{type(self).__name__}(method={self.method!r}, client_id={self.client_id!r})"


def authenticate(
    headers: Mapping[str, str], form: Mapping[str, str], *, client_of: Callable[[str], Client | None], now: datetime
) -> Client | None:
    """Return the client that a request comes from, or None when that is not proved."""
    presented = _presented(headers, form)
    if presented is None or not is_readable(presented.client_id, _LONGEST):
        return None
    client = client_of(presented.client_id)
    # An unknown client costs the same comparison as a wrong secret.
    is_right = _holds(presented.secret, client.secrets if client else (_NOBODYS,), now)
    if client is None or client.disabled_at is not None or client.token_endpoint_auth_method != presented.method:
        return None
    return client if is_right or presented.method == "none" else None


def _presented(headers: Mapping[str, str], form: Mapping[str, str]) -> Presented | None:
    """Return the one method a request uses; two at once are none (RFC 6749 §2.3)."""
    header, secret, client_id = headers.get("authorization"), form.get("client_secret"), form.get("client_id", "")
    if "client_assertion" in form or "client_assertion_type" in form:
        return None
    if header is None:
        method = "none" if secret is None else "client_secret_post"
        return Presented(method=method, client_id=client_id, secret=secret or "") if client_id else None
    presented = _basic(header)
    if presented is None or secret is not None or client_id not in ("", presented.client_id):
        return None
    return presented


def _basic(header: str) -> Presented | None:
    """Read an HTTP Basic header whose halves are form-encoded (RFC 6749 §2.3.1); anything else is None."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic" or len(credentials) > 4 * _LONGEST:
        return None
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
        client_id, colon, secret = text.partition(":")
        client_id, secret = unescaped(client_id), unescaped(secret)
    except ValueError:
        return None
    if not (client_id and colon and secret):
        return None
    return Presented(method="client_secret_basic", client_id=client_id, secret=secret)


def _holds(secret: str, secrets: tuple[ClientSecret, ...], now: datetime) -> bool:
    """Tell whether this is one of the secrets that have not expired."""
    given = digest(secret)
    live = [entry for entry in secrets if entry.expires_at is None or entry.expires_at > now]
    return any(hmac.compare_digest(given, entry.secret_hash) for entry in live)


_NOBODYS = ClientSecret(secret_hash="0" * 64, created_at=datetime.min)  # noqa: DTZ901 -- never compared with a time
