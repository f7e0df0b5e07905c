"""Client authentication."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.core.tokens import digest
from idp.oidc.client_authentication import Presented, authenticate
from idp.records.clients.model import ClientSecret
from tests.oidc.kit import NOW, SECRET, a_client


def basic(client_id: str, secret: str) -> dict[str, str]:
    return raw_basic(f"{client_id}:{secret}".encode())


def raw_basic(credentials: bytes) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(credentials).decode()}


def is_accepted(headers, form, client=None) -> bool:
    found = authenticate(headers, form, client_of={"c1": client or a_client()}.get, now=NOW)
    return found is not None


POST = a_client(token_endpoint_auth_method="client_secret_post")
PUBLIC = a_client(token_endpoint_auth_method="none", secrets=())


@pytest.mark.parametrize(
    ("headers", "form", "client"),
    [
        (basic("c1", SECRET), {}, a_client()),
        (basic("c1", SECRET), {"client_id": "c1"}, a_client()),
        ({"authorization": basic("c%31", SECRET)["authorization"].replace("Basic", "bAsIc")}, {}, a_client()),
        ({}, {"client_id": "c1", "client_secret": SECRET}, POST),
        ({}, {"client_id": "c1"}, PUBLIC),
    ],
    ids=["basic", "basic with its own id in the body", "form-encoded", "post", "none"],
)
def test_authenticate_accepts_the_registered_method(headers, form, client):
    """RFC 6749 §2.3.1: each client by its own method."""
    assert is_accepted(headers, form, client)


@pytest.mark.parametrize(
    ("headers", "form", "client"),
    [
        ({}, {}, a_client()),
        (basic("c1", "wrong"), {}, a_client()),
        (basic("c1", ""), {}, a_client()),
        (basic("", SECRET), {}, a_client()),
        (basic("bogus", SECRET), {}, a_client()),
        (basic("c1", "sécrét"), {}, a_client()),
        (raw_basic(b"c1:\xff\xfe"), {}, a_client()),
        (raw_basic(b"c1:%ff"), {}, a_client()),
        (raw_basic(b"c1\x00:x"), {}, a_client()),
        (raw_basic(b"no colon"), {}, a_client()),
        ({"authorization": "Basic \x80\xff"}, {}, a_client()),
        ({"authorization": "Basic ???"}, {}, a_client()),
        ({"authorization": "Basic"}, {}, a_client()),
        ({"authorization": "Bearer abc"}, {"client_id": "c1", "client_secret": SECRET}, POST),
        ({"authorization": ""}, {"client_id": "c1"}, PUBLIC),
        (basic("c1", SECRET), {"client_id": "c1", "client_secret": SECRET}, a_client()),
        (basic("c1", SECRET), {"client_id": "c2"}, a_client()),
        (basic("c1", SECRET), {"client_assertion": "x"}, a_client()),
        (basic("c1", SECRET), {}, POST),
        (basic("c1", SECRET), {}, PUBLIC),
        ({}, {"client_id": "c1", "client_secret": SECRET}, a_client()),
        ({}, {"client_id": "c1", "client_secret": "wrong"}, POST),
        ({}, {"client_secret": SECRET}, POST),
        ({}, {"client_id": "c1"}, POST),
        ({}, {"client_id": "c1", "client_secret": "x"}, PUBLIC),
        ({}, {"client_id": "c1\x00"}, PUBLIC),
        (basic("c1", SECRET), {}, a_client(disabled_at=NOW)),
        (basic("c1", SECRET), {}, a_client(secrets=())),
        (basic("c1", SECRET), {}, a_client(token_endpoint_auth_method="private_key_jwt")),
    ],
)
def test_authenticate_refuses_everything_else_alike(headers, form, client):
    """OAU-32: wrong, empty, unknown, doubled, foreign method or no text: the same answer."""
    assert not is_accepted(headers, form, client)


def test_authenticate_takes_secrets_until_they_expire():
    """A rotated secret overlaps with its successor, and then ends."""
    old = ClientSecret(secret_hash=digest("old"), created_at=NOW, expires_at=NOW + timedelta(seconds=1))
    gone = ClientSecret(secret_hash=digest("gone"), created_at=NOW, expires_at=NOW)
    client = a_client(secrets=(gone, old, *a_client().secrets))
    assert is_accepted(basic("c1", "old"), {}, client)
    assert is_accepted(basic("c1", SECRET), {}, client)
    assert not is_accepted(basic("c1", "gone"), {}, client)


@given(st.binary() | st.text(), st.dictionaries(st.sampled_from(["client_id", "client_secret"]), st.text()))
def test_authenticate_never_fails(credentials, form):
    """No header and no body raises."""
    text = credentials if isinstance(credentials, str) else base64.b64encode(credentials).decode()
    assert not is_accepted({"authorization": f"Basic {text}"}, form)


def test_what_a_client_presents_is_printed_without_its_secret() -> None:
    """Whatever is logged of a request, a secret is not in it."""
    presented = Presented(method="client_secret_basic", client_id="c1", secret=SECRET)
    assert "c1" in repr(presented)
    assert SECRET not in repr(presented)
