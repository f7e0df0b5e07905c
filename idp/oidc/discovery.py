"""What this provider says of itself (OIDC Discovery 1.0 §3, RFC 8414 §2).

Only what is true today: levels come from the live bundle, URLs from the issuer alone, never from the request (SES-18).
"""

import json
from collections.abc import Mapping
from typing import Any

from idp.login.policies import Policies
from idp.oidc import claims_request, introspection, scopes
from idp.oidc.asking import PROMPTS
from idp.oidc.client_authentication import METHODS
from idp.oidc.cors import ANYONE
from idp.oidc.hints import ALGORITHMS
from idp.oidc.jwks import CACHED
from idp.oidc.request import RESPONSE_MODES
from idp.policy.discovery import acr_satisfied_by, acr_values_supported
from idp.policy.language import Bundle
from idp.storage import versions
from idp.storage.tx import Tx
from idp.web.wire import Request, Response

_OWN_ACTIONS = ("account.", "admin.")
"""Actions of our own pages: no application need name them."""
_HEADERS = (("Content-Type", "application/json"), CACHED, *ANYONE)


class Discovery:
    """Answers both well-known documents; they are the same."""

    def __init__(self, *, issuer: str, policies: Policies) -> None:
        self._issuer = issuer
        self._policies = policies
        self._made: tuple[str, bytes] = ("", b"")

    def handle(self, _request: Request, tx: Tx) -> Response:
        """Return the metadata of the live bundle; made once for each version."""
        versions.settle_for_recent(tx)
        bundle = self._policies.live(tx)
        version, body = self._made
        if version != bundle.version:
            body = json.dumps(metadata(self._issuer, bundle), separators=(",", ":")).encode()
            self._made = (bundle.version, body)
        return Response(status=200, body=body, headers=_HEADERS)


def metadata(issuer: str, bundle: Bundle) -> Mapping[str, Any]:
    """Return the members of the document."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "require_pushed_authorization_requests": False,
        "userinfo_endpoint": f"{issuer}/userinfo",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "end_session_endpoint": f"{issuer}/logout",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "jwks_uri": f"{issuer}/jwks",
        "scopes_supported": list(scopes.CLAIMS_OF),
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "prompt_values_supported": list(PROMPTS),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": list(METHODS),
        "introspection_endpoint_auth_methods_supported": list(introspection.METHODS),
        "revocation_endpoint_auth_methods_supported": list(METHODS),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "acr_values_supported": list(acr_values_supported(bundle)),
        "acr_satisfied_by": {level: list(names) for level, names in acr_satisfied_by(bundle).items()},
        "authorization_details_types_supported": [name for name in bundle.actions if not name.startswith(_OWN_ACTIONS)],
        "claim_types_supported": ["normal"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "nonce", "sid", "at_hash", *claims_request.available()],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_request_uri_registration": False,
        "authorization_response_iss_parameter_supported": True,
    }
