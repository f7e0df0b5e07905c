"""An authenticator in software: makes passkeys and signs with them, and lies wherever a test wants it to.

It does what a browser and a device do together (WebAuthn Level 3 §5.1, §6): reads the options that a page holds and
returns the JSON that goes back. Keys are ES256, EdDSA or RS256; attestation is none, packed by itself, or packed with a
chain of certificates.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from idp.core.tokens import SystemTokens

ES256, EDDSA, RS256, RS1, ES256K, PS256 = -7, -8, -257, -65535, -47, -37
UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
NOBODY = bytes(16)
Signer = Callable[[bytes], bytes]


def to_text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """Return one key for all tests: making one takes longer than most of them."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Key:
    """One passkey on the device."""

    id: bytes
    rp_id: str
    user_handle: bytes
    alg: int
    private: Any
    count: int

    def cose(self) -> dict[int, Any]:
        """Return the public key as authenticators write it (RFC 9053)."""
        public = self.private.public_key()
        match self.private:
            case ed25519.Ed25519PrivateKey():
                return {1: 1, 3: self.alg, -1: 6, -2: public.public_bytes_raw()}
            case rsa.RSAPrivateKey():
                numbers = public.public_numbers()
                return {1: 3, 3: self.alg, -1: numbers.n.to_bytes(256, "big"), -2: numbers.e.to_bytes(3, "big")}
            case _:
                numbers = public.public_numbers()
                return {1: 2, 3: self.alg, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}

    def sign(self, data: bytes) -> bytes:
        match self.private:
            case ed25519.Ed25519PrivateKey():
                return self.private.sign(data)
            case rsa.RSAPrivateKey():
                return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
            case _:
                return bytes(self.private.sign(data, ec.ECDSA(hashes.SHA256())))


@dataclass(frozen=True)
class Chain:
    """What signs a packed attestation: a key and the certificates that lead from it to a root."""

    sign: Signer
    certificates: tuple[bytes, ...]


@dataclass
class Authenticator:
    """One device with its browser; what it does is set by its fields, and changed for one ceremony by arguments."""

    origin: str = "http://localhost:8000"
    alg: int = ES256
    aaguid: bytes = NOBODY
    flags: int = UP | UV
    counts: bool = True
    """Whether it has a signature counter; synced passkeys have none."""
    attestation: str = "none"
    chain: Chain | None = None
    keys: list[Key] = field(default_factory=list)

    def create(self, options: str, *, alg: int = 0, key_id: bytes = b"", flags: int | None = None, **lies: Any) -> str:
        """Answer `navigator.credentials.create()`."""
        given = json.loads(options)
        alg = alg or self.alg
        key = Key(
            id=key_id or to_bytes(SystemTokens().token()),
            rp_id=given["rp"]["id"],
            user_handle=to_bytes(given["user"]["id"]),
            alg=alg,
            private=_drawn(alg),
            count=1 if self.counts else 0,
        )
        self.keys.append(key)
        client = self._client("webauthn.create", given["challenge"], lies)
        flags = (self.flags if flags is None else flags) | AT
        attested = lies.get("aaguid", self.aaguid) + len(key.id).to_bytes(2, "big") + key.id + cbor2.dumps(key.cose())
        data = _data(lies.get("rp_id", key.rp_id), flags, lies.get("count", key.count)) + attested
        made = lies.get("object") or cbor2.dumps(self._attested(key, data, client))
        return self._answer(
            key.id, lies, clientDataJSON=to_text(client), attestationObject=to_text(made), transports=["usb", "odd"]
        )

    def get(self, options: str, *, key: Key | None = None, flags: int | None = None, **lies: Any) -> str:
        """Answer `navigator.credentials.get()` with the key that the options allow, or that is given."""
        given = json.loads(options)
        if key is None:
            allowed = [to_bytes(each["id"]) for each in given["allowCredentials"]]
            key = next(each for each in self.keys if each.id in allowed or not allowed)
        key.count += 1 if self.counts else 0
        client = self._client("webauthn.get", given["challenge"], lies)
        data = _data(lies.get("rp_id", key.rp_id), self.flags if flags is None else flags, lies.get("count", key.count))
        signature = lies.get("signature") or key.sign(data + hashlib.sha256(client).digest())
        handle = lies.get("user_handle", to_text(key.user_handle))
        said = {"authenticatorData": to_text(data), "signature": to_text(signature), "userHandle": handle}
        return self._answer(key.id, lies, clientDataJSON=to_text(client), **said)

    def _client(self, kind: str, challenge: str, lies: Mapping[str, Any]) -> bytes:
        said = {
            "type": lies.get("type", kind),
            "challenge": lies.get("challenge", challenge),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": False,
        }
        return bytes(lies["client"]) if "client" in lies else json.dumps(said | lies.get("client_says", {})).encode()

    def _attested(self, key: Key, data: bytes, client: bytes) -> dict[str, Any]:
        signed = data + hashlib.sha256(client).digest()
        match self.attestation:
            case "none":
                return {"fmt": "none", "attStmt": {}, "authData": data}
            case "self":
                return {"fmt": "packed", "attStmt": {"alg": key.alg, "sig": key.sign(signed)}, "authData": data}
            case _:
                assert self.chain is not None
                statement = {"alg": ES256, "sig": self.chain.sign(signed), "x5c": list(self.chain.certificates)}
                return {"fmt": "packed", "attStmt": statement, "authData": data}

    def _answer(self, key_id: bytes, lies: Mapping[str, Any], **response: Any) -> str:
        said = {"id": to_text(key_id), "rawId": to_text(key_id), "type": "public-key", "response": response}
        return json.dumps(said | lies.get("answer", {}))


def _data(rp_id: str, flags: int, count: int) -> bytes:
    return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")


def _drawn(alg: int) -> Any:
    match alg:
        case -8:
            return ed25519.Ed25519PrivateKey.generate()
        case -257 | -65535 | -37:
            return rsa_key()
        case _:
            return ec.generate_private_key(ec.SECP256R1())
