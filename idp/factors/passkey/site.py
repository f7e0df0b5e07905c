"""Where ceremonies may take place, and on which terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from webauthn.helpers.cose import COSEAlgorithmIdentifier

from idp.factors.passkey.metadata import Model

ALGORITHMS = (
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
)
"""Offered and accepted, the most wanted first (WebAuthn Level 3 §5.8.5); the last is what a TPM may have (WAN-12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The relying party that authenticators know, and the origins whose pages may ask them."""

    rp_id: str
    name: str
    origins: tuple[str, ...]
    models: Mapping[str, Model] = field(default_factory=dict, repr=False)
    """Authenticators that metadata describes, by AAGUID; empty where there is no metadata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the policy asks of passkeys (`factors.passkey`)."""

    user_verification: Literal["required", "preferred", "discouraged"] = "required"
    attestation: Literal["none", "indirect", "direct", "enterprise"] = "none"
    synced: Literal["allowed", "refused"] = "allowed"
