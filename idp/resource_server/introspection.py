"""Asks the provider about a token that says nothing by itself (RFC 7662).

The rules it keeps: the API authenticates with its own client, by HTTP Basic with both halves form-encoded
(RFC 6749 §2.3.1); nothing is kept, as the answer tells the present state, step-up decay included; an answer other than
200 is the provider's or the operator's trouble and says nothing about the token.
"""

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from idp.core.secrets import Secret
from idp.resource_server.errors import ProviderUnavailableError
from idp.resource_server.fetch import Fetcher
from idp.resource_server.json_text import parse_object


@dataclass(frozen=True, slots=True)
class Credentials:
    """The client that this API is at the provider."""

    client_id: str
    client_secret: Secret

    @property
    def header(self) -> str:
        """The `Authorization` header."""
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret.value)}"
        return "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")


def introspect(token: str, *, endpoint: str, credentials: Credentials, fetcher: Fetcher) -> dict[str, Any]:
    """Return the provider's answer about `token`, unjudged; raise ProviderUnavailableError when there is none."""
    if not endpoint:
        raise ProviderUnavailableError("the provider offers no introspection")
    answer = fetcher.fetch(
        endpoint,
        body=urlencode({"token": token, "token_type_hint": "access_token"}).encode("ascii"),
        headers={"Authorization": credentials.header, "Content-Type": "application/x-www-form-urlencoded"},
    )
    if answer.status != 200:
        raise ProviderUnavailableError(f"introspection is answered with {answer.status}; are our credentials right?")
    try:
        return parse_object(answer.body)
    except ValueError as error:
        raise ProviderUnavailableError("introspection is not answered with a JSON object") from error
