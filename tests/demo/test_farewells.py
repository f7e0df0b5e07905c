"""The bank is told of sign-outs: every part of a logout token is checked, and each is taken once."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from idp.cli.installation import open_database
from idp.core.clock import SystemClock
from idp.demo.bank.farewells import PATH
from idp.records.keys.service import KeyRing
from idp.records.keys.signing import signed
from idp.settings import Settings
from tests.demo.conftest import Visitor

EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Speaker:
    """The provider's voice, in the hands of a test."""

    def __init__(self, visitor: Visitor, sid: str) -> None:
        self._visitor = visitor
        self.sid = sid

    def token(self, *, typ: str = "logout+jwt", **changes: Any) -> str:
        """Return a logout token; None leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": self._visitor.place.issuer,
            "sub": "whoever",
            "aud": "bank",
            "iat": now,
            "exp": now + 120,
            "jti": "first",
            "sid": self.sid,
            "events": {EVENT: {}},
        }
        said = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        settings = Settings.from_env(self._visitor.place.environ())
        with closing(open_database(settings)) as database, database.transaction() as tx:
            key = KeyRing(clock=SystemClock()).signing_key(tx, "ES256")
        return signed(key, said, typ=typ)

    def tell(self, token: str) -> int:
        return self._visitor.bank.post(PATH, data={"logout_token": token}).status_code

    def is_signed_in(self) -> bool:
        return "Bob Baker" in self._visitor.open("/").text


@pytest.fixture
def speaker(visitor: Visitor) -> Iterator[Speaker]:
    """One who speaks of bob, who is signed in at the bank."""
    visitor.sign_in("bob")
    return Speaker(visitor, visitor.kept()["visitor"]["claims"]["sid"])


def test_bank_forgets_the_session_that_was_ended(speaker: Speaker, visitor: Visitor) -> None:
    """§2.7: that one, wherever its cookie is; a token that comes again is refused, and what it ends is ended."""
    token = speaker.token()
    assert speaker.tell(speaker.token(sid="another", jti="other")) == 200
    assert speaker.is_signed_in()
    assert speaker.tell(token) == 200
    assert not speaker.is_signed_in()
    assert visitor.sessions() == []
    assert speaker.tell(token) == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example.com"},
        {"aud": "shop"},
        {"aud": None},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"jti": None},
        {"sid": None},
        {"sid": 7},
        {"events": None},
        {"events": {}},
        {"events": {EVENT: True}},
        {"events": {"https://elsewhere.example.com": {}}},
        {"events": [EVENT]},
        {"nonce": "n"},
        {"typ": "JWT"},
        {"typ": "at+jwt"},
    ],
    ids=str,
)
def test_bank_takes_nothing_else_for_a_sign_out(speaker: Speaker, changes: dict[str, Any]) -> None:
    """§2.6: 400, and whoever is signed in stays so."""
    assert speaker.tell(speaker.token(**changes)) == 400
    assert speaker.is_signed_in()


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30."])
def test_bank_refuses_what_is_no_token(speaker: Speaker, text: str) -> None:
    """Neither an unsigned text nor a signature of somebody else's."""
    assert speaker.tell(text) == 400
    head, _, tail = speaker.token().rpartition(".")
    assert speaker.tell(f"{head}.{tail[::-1]}") == 400
    assert speaker.is_signed_in()


def test_bank_asks_for_another_try_while_it_cannot_check(visitor: Visitor, provider: Any) -> None:
    """One that has no keys of the provider's yet takes nothing unchecked, and nothing is lost."""
    token = Speaker(visitor, "any").token()
    provider.shutdown()
    provider.server_close()
    assert visitor.bank.post(PATH, data={"logout_token": token}).status_code == 503


def test_bank_keeps_nothing_of_a_session_that_ended_meanwhile(visitor: Visitor) -> None:
    """A page that was being answered when the sign-out came does not bring the session back."""
    visitor.sign_in("bob")
    application = visitor.bank.application
    interface = application.session_interface
    with application.test_request_context(
        headers={"Cookie": f"bank_{visitor.place.rp_port}={visitor.cookie()}"}
    ) as late:
        assert late.session["visitor"]
        interface.end(late.session["visitor"]["claims"]["sid"])  # type: ignore[attr-defined]
        late.session["waiting"] = {}
        interface.save_session(application, late.session, application.response_class())
    assert visitor.sessions() == []


def test_sign_in_that_is_under_way_outlives_the_session_before(speaker: Speaker, visitor: Visitor) -> None:
    """Whoever signs out at the provider and begins again at once may be faster than the logout token."""
    begun = visitor.bank.get("/sign-in")
    assert begun.status_code == 303
    assert speaker.tell(speaker.token()) == 200
    assert not speaker.is_signed_in()
    (kept,) = visitor.sessions()
    assert [name[:7] for name in kept] == ["_state_"]
