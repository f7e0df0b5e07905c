"""Whether an authenticator is proven to be what it claims (WebAuthn Level 3 §6.5, §7.1 steps 21 to 24).

Proven is only what metadata lists under its AAGUID and whose certificates lead to one of the roots there; a claimed
AAGUID alone proves nothing (WAN-19). The chain and the signatures are the library's to check; which roots, and what a
certificate of the packed format must say, is ours.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import wrap

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier
from webauthn.helpers import aaguid_to_string
from webauthn.helpers.structs import AttestationFormat, AttestationObject

from idp.factors.passkey.metadata import Model

_AAGUID_EXTENSION = ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
_UNIT = "Authenticator Attestation"
_OCTETS = b"\x04\x10"
"""DER: a string of sixteen octets."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What an attestation may come to, once the library has found its signatures good."""

    is_attested: bool = False
    roots: tuple[bytes, ...] = field(default=(), repr=False)
    """PEM certificates to one of which its chain must lead."""


def trust_of(attestation: AttestationObject, models: Mapping[str, Model]) -> Trust | None:
    """Return what this attestation may come to; None: it is not to be believed, and the passkey is refused."""
    chain, data = attestation.att_stmt.x5c, attestation.auth_data.attested_credential_data
    model = models.get(aaguid_to_string(data.aaguid)) if data is not None else None
    if model is None:
        return Trust()
    if model.is_broken:
        return None
    if data is None or not chain or not model.roots:
        return Trust()
    if attestation.fmt == AttestationFormat.PACKED and not _is_packed(chain[0], data.aaguid):
        return None
    if chain[0] in model.roots:
        # Metadata may list an attestation certificate itself (FIDO Metadata Statement 3.1 §4): it leads nowhere else.
        return Trust(is_attested=True)
    return Trust(is_attested=True, roots=tuple(_pem(root) for root in model.roots))


def _is_packed(certificate: bytes, aaguid: bytes) -> bool:
    """Tell whether a certificate is one of packed attestation, for this model (WebAuthn Level 3 §8.2.1)."""
    leaf = x509.load_der_x509_certificate(certificate)
    units = [each.value for each in leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)]
    try:
        constraints = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    return leaf.version is x509.Version.v3 and units == [_UNIT] and not constraints.ca and _names(leaf, aaguid)


def _names(leaf: x509.Certificate, aaguid: bytes) -> bool:
    """Tell whether the certificate names this model, if it names any: one vendor's root attests many models."""
    try:
        named = leaf.extensions.get_extension_for_oid(_AAGUID_EXTENSION)
    except x509.ExtensionNotFound:
        return True
    return not named.critical and named.value.public_bytes() == _OCTETS + aaguid


def _pem(certificate: bytes) -> bytes:
    lines = "\n".join(wrap(base64.b64encode(certificate).decode(), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n".encode()
