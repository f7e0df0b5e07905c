"""A factor that somebody else checks (F10): the browser takes a signed request there and brings a signed answer back.

Owns what is asked and which answer is good: signed by a key of the verifier that was declared, meant for us, about this
person, for this very request (`nonce`, `state`), in time, and vouching for the level that was declared. What it is
worth is declared too (`FactorTraits`): an answer can claim nothing beyond that. The request lives in one interaction,
whose version spends it, so an answer is good once and nowhere else.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.core.assurance import FactorTraits, Kind
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors.base import Challenge, Credential, NewCredential, Person, Sending, Verified
from idp.factors.own import OwnFactor

ANSWER_TYPE = "verification-answer+jwt"
ALGORITHMS = ("ES256", "PS256", "RS256")
LONGEST = 8_192
"""Characters of an answer."""
_LEEWAY = timedelta(seconds=60)
"""By how much the verifier's clock may be ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """One external verifier, as an operator declares it."""

    name: str
    """The factor's name in policies."""
    url: str
    """Where people are sent."""
    issuer: str
    """Who signs the answers, and for whom our requests are."""
    keys: KeySet = field(repr=False)
    names: Mapping[str, str]
    """What people call it, by language; English at least."""
    kind: Kind | None = None
    """What it proves, as its operator and ours have agreed; None: nothing that counts as a kind."""
    amr: tuple[str, ...] = ()
    acr: str = ""
    """The level, in the verifier's own words, that each answer has to vouch for; empty: it has only the one."""
    lasts: timedelta = timedelta(minutes=5)
    """How long a request may be answered."""

    def factor(self, *, issuer: str, templates: Path) -> OwnFactor:
        """Return the factor that it is; its pages are those of all external verifiers."""
        kinds = frozenset({self.kind} if self.kind else ())
        return OwnFactor(
            traits=FactorTraits(self.name, kinds, self.name, self.amr),
            build=lambda: External(self, issuer=issuer),
            names=self.names,
            templates=templates,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What is kept of a request that is on its way."""

    nonce: str = field(repr=False)
    state: str = field(repr=False)
    subject: str
    expires_at: datetime


class External:
    """Something that somebody else vouches for."""

    input_name = "code"
    typed_name = ""
    is_slow = False
    is_proof = True
    sending: Sending | None = None

    def __init__(self, verifier: Verifier, *, issuer: str) -> None:
        self.name = verifier.name
        self.url = verifier.url
        self._verifier = verifier
        self._issuer = issuer

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:  # noqa: ARG002 -- the interface of all factors
        """Draw a request about this person."""
        return self._asked(person, tokens, now)

    def verify(
        self, credential: Credential | None, challenge: Challenge, answer: str, *, now: datetime
    ) -> Verified | Rejected:
        """Accept the verifier's answer to this request."""
        if credential is None:
            return Rejected(Reason.FACTOR_NOT_ENROLLED)
        return self._refused(challenge, credential.user_id, answer, now) or Verified()

    def enroll_begin(self, person: Person, *, typed: str, tokens: Tokens, now: datetime) -> Challenge | Rejected:  # noqa: ARG002 -- the interface of all factors
        """Draw a request: whoever the verifier vouches for once can be asked again."""
        return self._asked(person, tokens, now)

    def enroll_finish(
        self, person: Person, challenge: Challenge, answer: str, *, now: datetime
    ) -> NewCredential | Rejected:
        """Keep that the verifier knows this person."""
        return self._refused(challenge, person.id, answer, now) or NewCredential(channel="", material=b"")

    def request_of(self, challenge: Challenge, person: Person) -> Mapping[str, Any]:
        """Return what is asked of the verifier, as the claims that are signed."""
        kept = msgspec.json.decode(challenge.state, type=_Kept)
        wanted = {"acr_values": self._verifier.acr} if self._verifier.acr else {}
        return {
            "aud": self._verifier.issuer,
            "sub": kept.subject,
            "preferred_username": person.username,
            "nonce": kept.nonce,
            "state": kept.state,
            "exp": int(kept.expires_at.timestamp()),
        } | wanted

    def _asked(self, person: Person, tokens: Tokens, now: datetime) -> Challenge:
        kept = _Kept(
            nonce=tokens.token(), state=tokens.token(), subject=person.id, expires_at=now + self._verifier.lasts
        )
        return Challenge(state=msgspec.json.encode(kept))

    def _refused(self, challenge: Challenge, subject: str, answer: str, now: datetime) -> Rejected | None:
        """Return why an answer is not good; None: it is."""
        if not challenge.state:
            return Rejected(Reason.VERIFIER_REFUSED)
        kept = msgspec.json.decode(challenge.state, type=_Kept)
        claims = self._claims(answer)
        expected = {
            "iss": self._verifier.issuer,
            "aud": self._issuer,
            "sub": subject,
            "nonce": kept.nonce,
            "state": kept.state,
        }
        if self._verifier.acr:
            expected["acr"] = self._verifier.acr
        if kept.subject != subject or not all(_same(claims.get(name), value) for name, value in expected.items()):
            return Rejected(Reason.VERIFIER_REFUSED)
        return None if now < kept.expires_at and _is_timely(claims, now) else Rejected(Reason.CODE_EXPIRED)

    def _claims(self, answer: str) -> Mapping[str, Any]:
        """Return what the verifier has signed; of anything else, nothing."""
        if len(answer) > LONGEST:
            return {}
        try:
            token = jwt.decode(answer, self._verifier.keys, algorithms=list(ALGORITHMS))
        except (JoseError, ValueError, TypeError, KeyError):
            return {}
        is_answer = token.header.get("typ") == ANSWER_TYPE and "kid" in token.header
        return token.claims if is_answer else {}


def _same(found: object, expected: str) -> bool:
    """Compare in constant time; a list of one is what it holds (RFC 7519 §4.1.3)."""
    value = found[0] if isinstance(found, list) and len(found) == 1 else found
    return isinstance(value, str) and hmac.compare_digest(value.encode("utf-8", "surrogatepass"), expected.encode())


def _is_timely(claims: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether an answer has begun and not ended (RFC 7519 §4.1.4, §4.1.6)."""
    issued, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or not isinstance(ends, int | float):
        return False
    return issued <= (now + _LEEWAY).timestamp() and now.timestamp() < ends
