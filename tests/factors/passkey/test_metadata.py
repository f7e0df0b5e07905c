"""FIDO metadata: what is believed."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from idp.factors.passkey import metadata
from tests.support.attestation import MODEL, Maker

ALLIANCE, OTHER = Maker("The alliance"), Maker("Somebody else")


def test_metadata_as_json() -> None:
    """The operator vouches for it; what has no AAGUID is left out."""
    (name,) = models = metadata.read(ALLIANCE.metadata())
    assert name == MODEL
    assert models[name].name == "A key of ours"
    assert models[name].roots == (ALLIANCE.root_der,)
    assert not models[name].is_broken


def test_metadata_signed_under_its_root() -> None:
    """The service's own form."""
    blob = ALLIANCE.blob(ALLIANCE.metadata())
    assert list(metadata.read(blob + b"\n", roots=(ALLIANCE.root_pem,))) == [MODEL]


def _turned(blob: bytes) -> bytes:
    head, _, signature = blob.split(b".")
    payload = base64.urlsafe_b64encode(OTHER.metadata()).rstrip(b"=")
    return b".".join([head, payload, signature])


def _unsigned(blob: bytes) -> bytes:
    head, payload, _ = blob.split(b".")
    claimed = json.loads(base64.urlsafe_b64decode(head + b"=="))
    header = base64.urlsafe_b64encode(json.dumps(claimed | {"alg": "none"}).encode()).rstrip(b"=")
    return b".".join([header, payload, b""])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"{",
        b"no metadata",
        b"a.b.c",
        b"\xff\xff",
        b"e30.e30.",
        OTHER.blob(ALLIANCE.metadata()),
        ALLIANCE.blob(ALLIANCE.metadata(), signer="shop.example"),
        ALLIANCE.blob(b"[]"),
        _turned(ALLIANCE.blob(ALLIANCE.metadata())),
        _unsigned(ALLIANCE.blob(ALLIANCE.metadata())),
    ],
    ids=[
        "empty", "no entries", "half", "words", "dots", "bytes", "no chain", "another root", "another signer",
        "another form", "another content", "unsigned",
    ],
)  # fmt: skip
def test_metadata_that_is_not_believed(content: bytes) -> None:
    """It is refused at once, in words that follow the name of a setting."""
    with pytest.raises(ValueError, match="is no FIDO metadata"):
        metadata.read(content, roots=(ALLIANCE.root_pem,))


def test_metadata_root_is_the_alliances() -> None:
    """Without other roots only what the FIDO Alliance signs is believed."""
    with pytest.raises(ValueError, match="is no FIDO metadata"):
        metadata.read(ALLIANCE.blob(ALLIANCE.metadata()))


def test_metadata_signed_with_rsa() -> None:
    """The service signs with RSA."""
    maker = Maker("RSA", leaf_key=rsa.generate_private_key(public_exponent=65537, key_size=2048))
    assert list(metadata.read(maker.blob(maker.metadata()), roots=(maker.root_pem,))) == [MODEL]
