"""Table G: JOSE, keys, claims. Today one input takes a JWT: `id_token_hint`."""

import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jwk, jwt
from joserfc._rfc7518.jwe_algs import PBES2HSAlgKeyEncryption

from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import Tokens, half_hash

OWN_KEY = jwk.RSAKey.generate_key(2048, {"kid": "mine"})


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def is_accepted(provider: Provider, browser: Browser, hint: str) -> bool:
    """Tell whether a hint is believed: prompt=none answers a code only for the person it names."""
    attempt = provider.bank.attempt(prompt="none", id_token_hint=hint)
    page = browser.get(attempt.url)
    assert page.status in {303, 400, 413, 414, 431}, page
    return page.status == 303 and "code" in page.answer


@pytest.fixture
def tokens(provider: Provider, browser: Browser, alice: Person) -> Tokens:
    return provider.sign_in(browser, provider.bank, alice)


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    head, body, signature = token.split(".")
    return (*(json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, body)), signature)


def test_jos_00_genuine_hint_is_believed(provider: Provider, browser: Browser, tokens: Tokens) -> None:
    """The cases below are refused for what they are, not because every hint is."""
    assert is_accepted(provider, browser, tokens.id_token)


def test_jos_00_expired_genuine_hint_is_believed(provider: Provider, browser: Browser, tokens: Tokens) -> None:
    """A hint tells who it was about, also after it has expired (OIDC Core 1.0 §3.1.2.1)."""
    provider.advance(3700)
    assert is_accepted(provider, browser, tokens.id_token)


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "", None, 5, ["none"]], ids=repr)
@pytest.mark.parametrize("keeps_signature", [False, True])
def test_jos_01_unsigned_hint_is_refused(
    provider: Provider, browser: Browser, tokens: Tokens, alg: object, keeps_signature: bool
) -> None:
    """JOS-01: an ID token without a signature names nobody."""
    _, body, signature = parts(tokens.id_token)
    header = {"typ": "JWT"} if alg is None else {"alg": alg}
    forged = f"{encoded(header)}.{encoded(body)}.{signature if keeps_signature else ''}"
    with provider.nothing_issued():
        assert not is_accepted(provider, browser, forged)


@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
@pytest.mark.parametrize("alg", ["HS256", "HS512"])
def test_jos_02_public_key_is_no_hmac_secret(
    provider: Provider, browser: Browser, tokens: Tokens, form: str, alg: str
) -> None:
    """JOS-02: what everybody can read signs nothing."""
    published = provider.bank.get("/jwks").json()["keys"][0]
    key = jwk.import_key(published)
    secret = {"pem": lambda: key.as_pem(), "der": lambda: key.as_der(), "jwk": lambda: json.dumps(published).encode()}[
        form
    ]()
    _, body, _ = parts(tokens.id_token)
    with provider.nothing_issued():
        forged = f"{encoded({'alg': alg, 'kid': published['kid']})}.{encoded(body)}"
        signature = hmac.digest(secret, forged.encode(), alg.replace("HS", "sha"))
        assert not is_accepted(
            provider, browser, f"{forged}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
        )


@pytest.mark.parametrize("header", ["jwk", "jku", "x5u", "x5c", "kid path", "kid sql", "kid none"])
def test_jos_03_key_is_not_taken_from_the_header(
    provider: Provider, browser: Browser, tokens: Tokens, header: str
) -> None:
    """JOS-03: only our own keys verify; what a header names is not looked at, let alone fetched."""
    _, body, _ = parts(tokens.id_token)
    extra = {
        "jwk": {"jwk": OWN_KEY.as_dict(private=False)},
        "jku": {"jku": "http://127.0.0.1:9/jwks"},
        "x5u": {"x5u": "http://127.0.0.1:9/x"},
        "x5c": {"x5c": ["MIIB"]},
        "kid path": {"kid": "../../../dev/null"},
        "kid sql": {"kid": "' or '1'='1"},
        "kid none": {},
    }[header]
    forged = jwt.encode({"alg": "RS256", "kid": "mine", **extra}, body, OWN_KEY)
    with provider.nothing_issued():
        assert not is_accepted(provider, browser, forged)


@pytest.mark.parametrize("crit", [["x"], [], "x", ["alg"], None, ["b64"]], ids=repr)
def test_jos_05_crit_is_not_ignored(provider: Provider, browser: Browser, tokens: Tokens, crit: object) -> None:
    """JOS-05: a header that must be understood and is not refuses the token (RFC 7515 §4.1.11)."""
    _, body, signature = parts(tokens.id_token)
    header = {**tokens.header, "crit": crit, "x": 1, "b64": False}
    with provider.nothing_issued():
        assert not is_accepted(provider, browser, f"{encoded(header)}.{encoded(body)}.{signature}")


@pytest.mark.parametrize("size", [100_000, 1_000_000])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_jos_06_oversize_segments_are_refused_early(
    provider: Provider, browser: Browser, tokens: Tokens, place: int, size: int
) -> None:
    """JOS-06: a megabyte in any segment is refused before it is decoded."""
    segments = tokens.id_token.split(".")
    segments[place] += "A" * size
    with provider.nothing_issued():
        assert not is_accepted(provider, browser, ".".join(segments))


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt"])
def test_jos_08_other_kinds_of_jwt_are_no_hint(provider: Provider, browser: Browser, tokens: Tokens, typ: str) -> None:
    """JOS-08: a token of ours of another kind, rightly signed, is no ID token (RFC 8725 §3.11)."""
    _, body, _ = parts(tokens.id_token)
    with provider.nothing_issued():
        assert not is_accepted(provider, browser, provider.sign({"alg": "RS256", "typ": typ}, body))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.test"},
        {"aud": "shop"},
        {"iss": None},
        {"aud": None},
        {"sub": None},
        {"sub": 5},
        {"sub": ["x"]},
        {"aud": []},
    ],
    ids=repr,
)
def test_jos_08_hint_is_ours_and_the_clients(
    provider: Provider, browser: Browser, tokens: Tokens, changes: dict[str, object]
) -> None:
    """JOS-08: another issuer's or another client's token, though signed by our key, names nobody here."""
    _, body, _ = parts(tokens.id_token)
    body = {name: value for name, value in (body | changes).items() if value is not None}
    with provider.nothing_issued():
        assert not is_accepted(provider, browser, provider.sign({"alg": "RS256"}, body))


@pytest.mark.parametrize(
    "hint",
    ["", "x", "...", "a.b", "a.b.c.d.e", "\u00e9.\u00e9.\u00e9", "{}", "e30.e30.e30", "e30..", "bnVsbA.bnVsbA.bnVsbA"],
)
def test_jos_09_malformed_hint_is_refused(provider: Provider, browser: Browser, tokens: Tokens, hint: str) -> None:
    """JOS-09: text that is no token is refused; an empty parameter counts as none (RFC 6749 §3.1)."""
    if hint:
        with provider.nothing_issued():
            assert not is_accepted(provider, browser, hint)
    else:
        assert is_accepted(provider, browser, hint)


@pytest.mark.parametrize("alg", ["none", "HS256", "HS384", "nonsense", ""])
def test_jos_11_id_token_is_always_asymmetric(provider: Provider, signed_in: Browser, alg: str) -> None:
    """JOS-11: whatever a client's record says, an ID token is signed by our private key."""
    client = provider.add_client("weak", id_token_signed_response_alg=alg)
    attempt = client.attempt()
    client.alg = "RS256"
    assert client.tokens(attempt, signed_in.get(attempt.url)).header["alg"] == "RS256"


def test_jos_12_profile_cannot_speak_for_the_protocol(provider: Provider, browser: Browser) -> None:
    """JOS-12: profile fields named like protocol claims are never read."""
    evil = {
        "acr": "phrh", "amr": ["hwk"], "auth_time": 1, "sub": "admin", "iss": "https://evil.test", "aud": "other",
        "exp": 9999999999, "nonce": "x", "azp": "other", "sid": "x", "iat": 1, "at_hash": "x",
    }  # fmt: skip
    mallory = provider.add_person("mallory", claims=tuple((name, json.dumps(value)) for name, value in evil.items()))
    attempt = provider.bank.attempt(
        scope="openid profile email",
        claims=json.dumps({"id_token": dict.fromkeys(evil), "userinfo": dict.fromkeys(evil)}),
    )
    page = mallory.identify(browser, browser.open(attempt.url))
    tokens = provider.bank.tokens(attempt, page)
    assert tokens.acr == "urn:idp:acr:1fa"
    assert tokens.amr == {"pwd"}
    for name, value in evil.items():
        assert tokens.claims.get(name) != value, name
    said = provider.bank.userinfo(tokens.access_token).json()
    assert said["sub"] == tokens.claims["sub"] != "admin"
    assert not {name for name, value in evil.items() if said.get(name) == value}


def test_jos_14_hash_and_nonce_belong_to_this_reply(provider: Provider, browser: Browser, tokens: Tokens) -> None:
    """JOS-14: at_hash is of this access token, and two replies never share one."""
    attempt = provider.bank.attempt()
    other = provider.bank.tokens(attempt, browser.get(attempt.url))
    assert tokens.claims["at_hash"] == half_hash(tokens.access_token) != other.claims["at_hash"]
    assert other.claims["nonce"] == attempt.nonce != tokens.claims["nonce"]
    assert "c_hash" not in other.claims


def test_jos_15_published_keys_are_public_alone(provider: Provider, tokens: Tokens) -> None:
    """OIDC Core 1.0 §10.1: the JWKS holds public halves, each with its own kid, algorithm and use."""
    keys = provider.bank.get("/jwks").json()["keys"]
    assert not any({"d", "p", "q", "dp", "dq", "qi", "k"} & set(key) for key in keys)
    assert len({key["kid"] for key in keys}) == len(keys)
    assert {key["alg"] for key in keys} >= {"RS256", "ES256"}
    assert all(key["use"] == "sig" for key in keys)


def encrypted(header: dict[str, Any], *, payload: bytes = b"x" * 100) -> str:
    """Return what looks like a JWE in its five parts."""
    filler = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
    return ".".join([encoded(header), filler, filler[:16], filler, filler[:22]])


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rounds of each key that somebody sets about to derive from a password; 2^31 would take hours."""
    begun: list[int] = []

    def derive(_algorithm: object, _password: bytes, _salt: bytes, count: int) -> bytes:
        begun.append(count)
        raise ValueError

    monkeypatch.setattr(PBES2HSAlgKeyEncryption, "compute_derived_key", derive)
    return begun


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "dir", "enc": "A128GCM", "zip": "DEF"},
        {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2**31, "p2s": "c2FsdA"},
        {"alg": "RSA1_5", "enc": "A128CBC-HS256"},
        {"alg": "A128KW", "enc": "A128GCM", "kid": ""},
    ],
    ids=lambda header: str(header["alg"]),
)
def test_jos_07_encrypted_tokens_are_not_looked_into(
    provider: Provider, browser: Browser, tokens: Tokens, header: dict[str, Any], rounds: list[int]
) -> None:
    """JOS-07: no input takes a JWE: the same refusal for each, before any work, wherever a JWT is read."""
    forged = encrypted(header)
    with provider.nothing_issued():
        assert not is_accepted(provider, browser, forged)
        told = provider.bank.get("/userinfo", headers={"Authorization": f"Bearer {forged}"})
    assert (told.status, 'error="invalid_token"' in told.header("www-authenticate")) == (401, True)
    assert rounds == []
