"""A maker of authenticators: a root, what it certifies, and metadata that lists it, in the FIDO Alliance's forms."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from tests.support.authenticator import Chain

AAGUID = bytes.fromhex("5ca1ab1e000040008000000000000001")
MODEL = "5ca1ab1e-0000-4000-8000-000000000001"
AAGUID_EXTENSION = ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
UNIT = "Authenticator Attestation"
_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)


def _name(*attributes: tuple[ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


@dataclass
class Maker:
    """One maker."""

    name: str = "Keys of ours"
    leaf_key: Any = None
    """What signs metadata; by default a new key on P-256."""

    @cached_property
    def key(self) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(ec.SECP256R1())

    @cached_property
    def root(self) -> x509.Certificate:
        subject = _name((NameOID.COMMON_NAME, self.name))
        return self._certificate(subject, self.key.public_key(), x509.BasicConstraints(ca=True, path_length=None))

    def _certificate(
        self, subject: x509.Name, key: object, *extensions: x509.ExtensionType, is_critical: bool = False
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name((NameOID.COMMON_NAME, self.name)))
            .public_key(key)  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(_FROM)
            .not_valid_after(_UNTIL)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=is_critical)
        return builder.sign(self.key, hashes.SHA256())

    def chain(
        self,
        *,
        unit: str = UNIT,
        aaguid: bytes | None = AAGUID,
        is_ca: bool = False,
        has_constraints: bool = True,
        is_critical: bool = False,
    ) -> Chain:
        """Return what signs attestations of one model."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(
            (NameOID.COUNTRY_NAME, "JP"), (NameOID.ORGANIZATION_NAME, self.name),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, unit), (NameOID.COMMON_NAME, "Batch 1"),
        )  # fmt: skip
        extensions: list[x509.ExtensionType] = []
        if has_constraints:
            extensions.append(x509.BasicConstraints(ca=is_ca, path_length=None))
        if aaguid is not None:
            extensions.append(x509.UnrecognizedExtension(AAGUID_EXTENSION, b"\x04\x10" + aaguid))
        leaf = self._certificate(subject, key.public_key(), *extensions, is_critical=is_critical)
        return Chain(lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())), (leaf.public_bytes(Encoding.DER),))

    @property
    def root_der(self) -> bytes:
        return self.root.public_bytes(Encoding.DER)

    @property
    def root_pem(self) -> str:
        return self.root.public_bytes(Encoding.PEM).decode()

    def metadata(self, *roots: bytes, statuses: Sequence[str] = ("FIDO_CERTIFIED",), model: str = MODEL) -> bytes:
        """Return metadata as plain JSON that lists one model, attested by these roots (else by the maker's own)."""
        listed = [base64.b64encode(each).decode() for each in roots or (self.root_der,)]
        entry = {
            "aaguid": model.upper(),
            "metadataStatement": {"description": "A key of ours", "attestationRootCertificates": listed},
            "statusReports": [{"status": status} for status in statuses],
        }
        u2f = {"attestationCertificateKeyIdentifiers": ["00"], "statusReports": []}
        return json.dumps({"no": 1, "nextUpdate": "2030-01-01", "entries": [entry, u2f]}).encode()

    def blob(self, payload: bytes, *, signer: str = "mds.fidoalliance.org") -> bytes:
        """Return metadata as the FIDO Alliance gives it: a JWT, signed by whom this maker's root certifies."""
        key = self.leaf_key or ec.generate_private_key(ec.SECP256R1())
        leaf = self._certificate(_name((NameOID.COMMON_NAME, signer)), key.public_key())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        alg, signing = ("RS256", RSAKey.import_key(pem)) if self.leaf_key else ("ES256", ECKey.import_key(pem))
        header = {"alg": alg, "x5c": [base64.b64encode(leaf.public_bytes(Encoding.DER)).decode()]}
        registry = jws.JWSRegistry(algorithms=[alg])
        registry.max_header_length = 64 * 1024
        return jws.serialize_compact(header, payload, signing, registry=registry).encode()
