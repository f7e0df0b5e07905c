"""FIDO metadata: which authenticator models exist, and by which roots they are attested (Metadata Service 3.1).

Read from a file: the service's own BLOB, a JWT whose chain leads to the root it is issued under, or the same payload as
plain JSON, which its operator vouches for. Knows no file and no clock.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from webauthn.helpers import validate_certificate_chain
from webauthn.helpers.exceptions import WebAuthnException

from idp.factors.passkey.roots import METADATA_ROOT

ISSUED_TO = "mds.fidoalliance.org"
"""Whom the certificate that signs the BLOB names (FIDO Metadata Service 3.1 §3.2)."""
_ALGORITHMS = ["RS256", "ES256"]
_LONGEST = 64 * 1024 * 1024
"""Bytes: metadata of all models holds their pictures too, and its header a chain of certificates."""
_BROKEN = frozenset(
    {
        "REVOKED",
        "USER_VERIFICATION_BYPASS",
        "ATTESTATION_KEY_COMPROMISE",
        "USER_KEY_REMOTE_COMPROMISE",
        "USER_KEY_PHYSICAL_COMPROMISE",
    }
)
"""Reports after which a model is not believed any more (FIDO Metadata Service 3.1 §3.1.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One authenticator model."""

    name: str = ""
    roots: tuple[bytes, ...] = field(default=(), repr=False)
    """DER certificates that its attestation leads to; an attestation certificate itself may be among them."""
    is_broken: bool = False


class _Statement(msgspec.Struct, frozen=True):
    description: str = ""
    attestationRootCertificates: tuple[str, ...] = ()  # noqa: N815 -- the name in the file


class _Report(msgspec.Struct, frozen=True):
    status: str


class _Entry(msgspec.Struct, frozen=True):
    aaguid: str = ""
    metadataStatement: _Statement = _Statement()  # noqa: N815
    statusReports: tuple[_Report, ...] = ()  # noqa: N815


class _Payload(msgspec.Struct, frozen=True):
    entries: tuple[_Entry, ...]


class _Header(msgspec.Struct, frozen=True):
    x5c: tuple[str, ...]


def read(content: bytes, *, roots: Sequence[str] = (METADATA_ROOT,)) -> Mapping[str, Model]:
    """Return the models by AAGUID. Raises ValueError for what is no metadata, or is not signed under these roots."""
    text = content.strip()
    try:
        payload = text if text.startswith(b"{") else _verified(text, roots)
        entries = msgspec.json.decode(payload, type=_Payload).entries
        return {entry.aaguid.lower(): _model(entry) for entry in entries if entry.aaguid}
    except (msgspec.MsgspecError, JoseError, WebAuthnException, ValueError, IndexError) as error:
        raise ValueError(f"is no FIDO metadata that can be believed ({type(error).__name__}: {error})") from error


def _verified(token: bytes, roots: Sequence[str]) -> bytes:
    """Return the payload of a BLOB whose signature is good and whose certificates lead to a root."""
    header = token.split(b".", 1)[0].decode("ascii")
    chain = [base64.b64decode(each) for each in msgspec.json.decode(_unpadded(header), type=_Header).x5c]
    validate_certificate_chain(x5c=chain, pem_root_certs_bytes=[root.encode() for root in roots])
    leaf = x509.load_der_x509_certificate(chain[0])
    if ISSUED_TO not in _names(leaf):
        raise ValueError(f"signed by {_names(leaf)}, not by {ISSUED_TO}")
    pem = leaf.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key = RSAKey.import_key(pem) if "RSA" in type(leaf.public_key()).__name__ else ECKey.import_key(pem)
    registry = jws.JWSRegistry(algorithms=_ALGORITHMS)
    registry.max_header_length = registry.max_payload_length = _LONGEST
    return jws.deserialize_compact(token, key, registry=registry).payload


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    return tuple(str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME))


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _model(entry: _Entry) -> Model:
    return Model(
        name=entry.metadataStatement.description,
        roots=tuple(base64.b64decode(each) for each in entry.metadataStatement.attestationRootCertificates),
        is_broken=any(report.status in _BROKEN for report in entry.statusReports),
    )
