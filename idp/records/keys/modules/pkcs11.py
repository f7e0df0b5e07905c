"""Private keys in a PKCS #11 token, such as a hardware security module: made there, used there, never taken out.

A session is opened when a key is first needed, which is behind any fork, and is used by one thread at a time: that is
all that the standard promises for one. Of a token that has gone away and come back the session is opened again; while
it is away the service is busy.
"""

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, TypeVar

import pkcs11
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, RSAKey
from pkcs11 import (
    Attribute,
    KeyType,
    Mechanism,
    NoSuchKey,
    ObjectClass,
    PKCS11Error,
    PublicKey,
    Session,
    UserAlreadyLoggedIn,
)
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from idp.core.errors import BusyError
from idp.records.keys.modules.address import PKCS11, Pkcs11Address
from idp.records.keys.modules.base import RSA_BITS, Pair, Signer

LABEL = "stepup-idp"
"""How what we make in a token is labelled, before the key's own name."""
_ID_BITS = 128
_RETRY = 5
"""Seconds after which somebody may ask again while a token is away."""
T = TypeVar("T")


class Pkcs11:
    """One token."""

    name = PKCS11

    def __init__(self, address: Pkcs11Address) -> None:
        self._address = address
        self._lock = Lock()
        self._session: Session | None = None

    def make(self, alg: str) -> Pair:
        """Make a pair in the token. One that comes to nothing afterwards stays there, and nobody uses it."""
        if alg not in _MECHANISMS:
            raise ValueError(f"no key is made for {alg}")
        with self._lock:
            return self._tried(lambda session: _made(session, alg))

    def signer(self, private: Mapping[str, Any], *, kid: str, alg: str) -> Signer:
        """Find a key in the token."""
        signer = _Signer(self, bytes.fromhex(str(private["id"])), kid=kid, alg=alg)
        self.do(signer.find)
        return signer

    def do(self, work: Callable[[Session], T]) -> T:
        """Do what may be done twice: in a new session when the one that was open is no more. Raises BusyError."""
        with self._lock:
            if self._session is not None:
                try:
                    return work(self._session)
                except PKCS11Error:
                    self._close()
            return self._tried(work)

    def _tried(self, work: Callable[[Session], T]) -> T:
        try:
            if self._session is None:
                self._session = _opened(self._address)
            return work(self._session)
        except (PKCS11Error, RuntimeError) as error:  # RuntimeError: the library itself does not load
            self._close()
            raise BusyError(_RETRY) from error

    def _close(self) -> None:
        """Leave the library altogether: few find a token again that came back while they were open."""
        self._session = None
        with contextlib.suppress(PKCS11Error, RuntimeError):
            pkcs11.lib(self._address.module_path).finalize()


class _Signer:
    def __init__(self, module: Pkcs11, key_id: bytes, *, kid: str, alg: str) -> None:
        self.kid = kid
        self.alg = alg
        self._module = module
        self._id = key_id
        self._known: tuple[Session, Any] | None = None

    def find(self, session: Session) -> Any:
        """Return the key, looked for once a session. Raises LookupError."""
        if self._known is not None and self._known[0] is session:
            return self._known[1]
        try:
            key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=self._id)
        except NoSuchKey:
            raise LookupError(f"the {self.alg} key is no longer in the token that had it") from None
        self._known = (session, key)
        return key

    def sign(self, text: bytes) -> bytes:
        mechanism, prepared = _MECHANISMS[self.alg](text)
        return bytes(self._module.do(lambda session: self.find(session).sign(prepared, mechanism=mechanism)))


def _rs256(text: bytes) -> tuple[Mechanism, bytes]:
    return Mechanism.SHA256_RSA_PKCS, text


def _es256(text: bytes) -> tuple[Mechanism, bytes]:
    """Hash here, as few tokens hash for ECDSA; their answer is r and s at full length (PKCS #11 v3.1 §6.3.1)."""
    return Mechanism.ECDSA, hashlib.sha256(text).digest()


_MECHANISMS: Mapping[str, Callable[[bytes], tuple[Mechanism, bytes]]] = {"RS256": _rs256, "ES256": _es256}


def _opened(address: Pkcs11Address) -> Session:
    wanted: dict[str, Any] = {}
    if address.token:
        wanted["token_label"] = address.token
    if address.serial:
        wanted["token_serial"] = address.serial.encode()
    token = pkcs11.lib(address.module_path).get_token(**wanted)
    try:
        return token.open(rw=True, user_pin=address.pin.value)
    except UserAlreadyLoggedIn:  # that is so for a whole process (PKCS #11 v3.1 §5.6.8)
        return token.open(rw=True)


def _made(session: Session, alg: str) -> Pair:
    key_id = session.generate_random(_ID_BITS)
    never_out = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
    if alg == "RS256":
        public, private = session.generate_keypair(
            KeyType.RSA, RSA_BITS, id=key_id, label=LABEL, store=True, private_template=never_out
        )
        jwk: RSAKey | ECKey = RSAKey.import_key(_rsa_public(public))
    else:
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        domain = session.create_domain_parameters(KeyType.EC, curve, local=True)
        public, private = domain.generate_keypair(id=key_id, label=LABEL, store=True, private_template=never_out)
        jwk = ECKey.import_key(encode_ec_public_key(public))
    for half in (public, private):
        half[Attribute.LABEL] = f"{LABEL} {jwk.thumbprint()}"
    return Pair(public=jwk.as_dict(private=False), private={"module": PKCS11, "id": key_id.hex()})


def _rsa_public(key: PublicKey) -> bytes:
    n, e = (int.from_bytes(key[each]) for each in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT))
    return RSAPublicNumbers(e, n).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
