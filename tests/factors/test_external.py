"""External verifiers: what is asked, and which answers are none; and how one is declared (F10)."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from idp.core.assurance import Kind, traits_table
from idp.core.errors import ConfigError, Rejected
from idp.core.reasons import Reason
from idp.core.tokens import SystemTokens
from idp.factors.base import Challenge, Credential, NewCredential, Person, Verified
from idp.factors.external import External
from idp.factors.own import mistakes
from idp.settings import declared_verifiers
from idp.settings.verifiers import verifiers
from tests.support.builders import NOW
from tests.support.verifier import NAME, Verifier

ISSUER = "https://id.example.com"
PERSON = Person(id="u1", username="bob")
HELD = Credential(id="c1", user_id="u1", factor=NAME, channel=f"{NAME}:c1", created_at=NOW, material=b"")
DESK = Verifier()


def factor(**changes: Any) -> External:
    (declared,) = verifiers(DESK.declared(**changes))
    return External(declared, issuer=ISSUER)


FACTOR = factor()


def asked(by: External = FACTOR) -> tuple[Challenge, Mapping[str, Any]]:
    """Return a request, and what the verifier reads in it."""
    challenge = by.begin(PERSON, HELD, tokens=SystemTokens(), now=NOW)
    return challenge, {**by.request_of(challenge, PERSON), "iss": ISSUER}


def test_request_says_whom_and_by_when() -> None:
    """The person, the level that is wanted, values of its own; nothing else of the person, and nothing that prints."""
    challenge, request = asked()
    _, other = asked()
    assert request["aud"] == "https://verify.example"
    assert (request["sub"], request["preferred_username"], request["acr_values"]) == ("u1", "bob", "badge-seen")
    assert request["exp"] == int((NOW + timedelta(minutes=5)).timestamp())
    assert not {request["nonce"], request["state"]} & {other["nonce"], other["state"]}
    assert request["nonce"] not in repr(challenge)
    assert "acr_values" not in asked(factor(acr=""))[1]


def test_good_answer_is_taken() -> None:
    """At sign-in and at set-up; a list of one audience is that audience."""
    challenge, request = asked()
    good = DESK.answer(request, NOW)
    assert FACTOR.verify(HELD, challenge, good, now=NOW) == Verified()
    assert FACTOR.verify(HELD, challenge, DESK.answer(request, NOW, aud=[ISSUER]), now=NOW) == Verified()
    new = FACTOR.enroll_finish(PERSON, challenge, good, now=NOW)
    assert new == NewCredential(channel="", material=b"")
    begun = FACTOR.enroll_begin(PERSON, typed="", tokens=SystemTokens(), now=NOW)
    assert isinstance(begun, Challenge)
    anything = factor(acr="")
    challenge, request = asked(anything)
    assert anything.verify(HELD, challenge, DESK.answer(request, NOW, acr=None), now=NOW) == Verified()


STRANGE = ECKey.generate_key("P-256", {"kid": "desk-1"}, private=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"key": STRANGE},
        {"header": {"kid": "desk-2"}},
        {"header": {"typ": "JWT"}},
        {"header": {"typ": "verification-request+jwt"}},
        {"aud": "https://other.example"},
        {"aud": [ISSUER, "https://other.example"]},
        {"aud": None},
        {"aud": []},
        {"iss": "https://other.example"},
        {"iss": ISSUER},
        {"sub": "u2"},
        {"sub": None},
        {"sub": 1},
        {"nonce": "another"},
        {"nonce": None},
        {"state": "another"},
        {"acr": "badge-claimed"},
        {"acr": None},
    ],
    ids=" ".join,
)
def test_answer_that_is_none_is_refused(changes: Mapping[str, Any]) -> None:
    """By another key, of another type, for, by or about another, to another request, of another level."""
    challenge, request = asked()
    answer = DESK.answer(request, NOW, **changes)
    for result in (
        FACTOR.verify(HELD, challenge, answer, now=NOW),
        FACTOR.enroll_finish(PERSON, challenge, answer, now=NOW),
    ):
        assert result == Rejected(Reason.VERIFIER_REFUSED)


@pytest.mark.parametrize(
    "changes",
    [{"exp": int(NOW.timestamp())}, {"exp": None}, {"exp": "later"}, {"iat": int(NOW.timestamp()) + 61}, {"iat": None}],
    ids=" ".join,
)
def test_answer_out_of_its_time_is_refused(changes: Mapping[str, Any]) -> None:
    """Over, without an end, from the future or of no moment."""
    challenge, request = asked()
    answer = DESK.answer(request, NOW, **changes)
    assert FACTOR.verify(HELD, challenge, answer, now=NOW) == Rejected(Reason.CODE_EXPIRED)


def test_request_has_an_end() -> None:
    """Whatever the verifier says of its answer."""
    challenge, request = asked()
    answer = DESK.answer(request, NOW, exp=4_000_000_000)
    late = NOW + timedelta(minutes=5)
    assert FACTOR.verify(HELD, challenge, answer, now=late) == Rejected(Reason.CODE_EXPIRED)
    assert FACTOR.verify(HELD, challenge, answer, now=late - timedelta(seconds=1)) == Verified()


def unsigned(answer: str) -> str:
    return "eyJhbGciOiJub25lIn0." + answer.split(".")[1] + "."


def by_shared_secret(answer: str) -> str:
    """Sign with the public key as if it were a shared secret."""
    secret = OctKey.import_key(json.dumps(DESK.key.as_dict(private=False)))
    claims = json.loads(urlsafe_b64decode(answer.split(".")[1] + "=="))
    header = {"alg": "HS256", "kid": "desk-1", "typ": "verification-answer+jwt"}
    return jwt.encode(header, claims, secret, algorithms=["HS256"])


@pytest.mark.parametrize("answer", ["", "a.b.c", "a", "é.é.é", "x" * 9_000])
def test_what_is_no_token_is_refused(answer: str) -> None:
    """Whatever is brought: refused, never an error."""
    challenge, _ = asked()
    assert FACTOR.verify(HELD, challenge, answer, now=NOW) == Rejected(Reason.VERIFIER_REFUSED)


@pytest.mark.parametrize("forge", [unsigned, by_shared_secret])
def test_algorithm_is_ours_to_choose(forge: Any) -> None:
    """Neither unsigned nor signed with what everybody knows (JOS-01, JOS-02)."""
    challenge, request = asked()
    assert FACTOR.verify(HELD, challenge, forge(DESK.answer(request, NOW)), now=NOW) == Rejected(
        Reason.VERIFIER_REFUSED
    )


def test_answer_without_request_or_credential_is_refused() -> None:
    """Nothing was asked, of somebody else, or there is nothing that it could be proof of."""
    challenge, request = asked()
    good = DESK.answer(request, NOW)
    assert FACTOR.verify(HELD, Challenge(), good, now=NOW) == Rejected(Reason.VERIFIER_REFUSED)
    assert FACTOR.verify(None, challenge, good, now=NOW) == Rejected(Reason.FACTOR_NOT_ENROLLED)
    other = Person(id="u2", username="carol")
    theirs = DESK.answer(request, NOW, sub="u2")
    assert FACTOR.enroll_finish(other, challenge, theirs, now=NOW) == Rejected(Reason.VERIFIER_REFUSED)


def test_verifier_is_worth_what_was_declared(tmp_path: Any) -> None:
    """Its kind, its values of `amr`, a channel of its own; nothing it says adds to that."""
    (declared,) = verifiers(DESK.declared())
    own = declared.factor(issuer=ISSUER, templates=tmp_path)
    traits = traits_table((own.traits,))[NAME]
    assert (traits.kinds, traits.amr, traits.phishing_resistant) == (frozenset({Kind.HAVE}), ("sc",), False)
    assert own.build().name == NAME
    assert not [each for each in mistakes(own) if "has no page" not in each]
    (nothing,) = verifiers(DESK.declared(kind=None))
    assert nothing.factor(issuer=ISSUER, templates=tmp_path).traits.kinds == frozenset()


RSA = RSAKey.generate_key(2048, {"kid": "r"}, private=True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "totp"}, "none that a factor has already"),
        ({"name": "Badge Desk"}, "a word such as badge_desk"),
        ({"names": {"ja": "社員証"}}, "an English one"),
        ({"amr": ["mfa"]}, "RFC 8176"),
        ({"lasts": 5}, "from 30 to 900"),
        ({"url": "http://verify.example/start"}, "https://verify.example.com/start"),
        ({"url": "https://user@verify.example/start"}, "https://verify.example.com/start"),
        ({"url": "https:///start"}, "https://verify.example.com/start"),
        ({"jwks": {"keys": []}}, "public keys"),
        ({"jwks": {"keys": [DESK.key.as_dict(private=True)]}}, "public keys"),
        ({"jwks": {"keys": [{"kty": "EC", "kid": "x"}]}}, "public keys"),
        ({"jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "x", "x": "A" * 43}]}}, "EC or RSA"),
        ({"kind": "are-you"}, "kind"),
        ({"level": 3}, "level"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_mistake_in_a_declaration_is_told(changes: Mapping[str, Any], words: str) -> None:
    """In words that follow the setting's name, before anything starts."""
    with pytest.raises(ConfigError, match=rf"IDP_VERIFIERS: .*{words}"):
        declared_verifiers({"IDP_VERIFIERS": DESK.declared(**changes)})


def test_declaration_may_name_several_keys_and_none_twice() -> None:
    """An RSA key beside it, so that keys can be replaced; two verifiers of one name are one too many."""
    keys = [DESK.key.as_dict(private=False), RSA.as_dict(private=False)]
    (found,) = verifiers(DESK.declared(jwks={"keys": keys}, issuer="https://signs.example"))
    assert (found.issuer, len(found.keys.keys)) == ("https://signs.example", 2)
    assert declared_verifiers({}) == ()
    twice = json.dumps(json.loads(DESK.declared()) * 2)
    with pytest.raises(ValueError, match="twice"):
        verifiers(twice)
