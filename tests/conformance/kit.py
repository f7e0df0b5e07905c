"""The suite as far as we mirror it: three static clients without PKCE, one person with a password, a scripted browser.

The clients are third parties, so that what the person allowed must be remembered.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.afterwards import OFFLINE, REFRESHING
from tests.support.browser import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import Attempt, RelyingParty, Tokens

BASE = "https://suite.test/test/a/idp"
CALLBACK = BASE + "/callback"
BYE = BASE + "/post_logout_redirect"
NO_PKCE = ("code_challenge", "code_challenge_method")
ADDRESS = {"street_address": "1 Main Street", "locality": "Town", "country": "JP"}
PROFILE = {
    "given_name": "Pat",
    "family_name": "Person",
    "middle_name": "Q",
    "nickname": "patty",
    "gender": "other",
    "profile": "https://pat.test",
    "picture": "https://pat.test/me.png",
    "website": "https://pat.test",
    "birthdate": "2000-01-01",
    "zoneinfo": "Asia/Tokyo",
    "address": ADDRESS,
}
Check = Callable[["Suite"], None]


class Suite:
    """One run of one module."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.browser = provider.browser()
        now = provider.clock.now()
        self.person = provider.add_person(
            "pat",
            phone="+81312345678",
            phone_verified_at=now,
            updated_at=now,
            claims=tuple((name, json.dumps(value)) for name, value in PROFILE.items()),
        )
        self.basic = self._client("suite-basic")
        self.second = self._client("suite-second")
        self.post = self._client("suite-post", token_endpoint_auth_method="client_secret_post")
        self.metadata: Mapping[str, Any] = self.basic.get("/.well-known/openid-configuration").json()

    def _client(self, name: str, **changes: Any) -> RelyingParty:
        return self.provider.add_client(
            name,
            redirect_uris=(CALLBACK,),
            post_logout_redirect_uris=(BYE,),
            grant_types=REFRESHING,
            require_pkce=False,
            first_party=False,
            **changes,
        )

    def attempt(self, party: RelyingParty | None = None, *, without: tuple[str, ...] = (), **changes: str) -> Attempt:
        return (party or self.basic).attempt(without=(*NO_PKCE, *without), **changes)

    def walk(self, page: Page, browser: Browser | None = None) -> Page:
        """Answer whatever is asked by the ids that the suite knows, until the browser is sent away."""
        browser = browser or self.browser
        for _ in range(6):
            page = self.person.answer(browser, browser.follow(page), self.provider.clock.now())
            if not page.has("consent-allow"):
                return page
            page = browser.submit(page, button="consent-allow")
        raise AssertionError(f"the pages never end: {page}")

    def exchange(self, attempt: Attempt, page: Page, party: RelyingParty | None = None) -> Tokens:
        """Redeem the code of an answer without a verifier, and check the ID token."""
        party = party or self.basic
        answer = party.redeem(attempt, party.code(attempt, page), code_verifier="")
        assert answer.status == 200, answer
        return self.read(party, answer, nonce=attempt.nonce)

    def read(self, party: RelyingParty, answer: Page, *, nonce: str = "") -> Tokens:
        """Check a token reply as every module does."""
        reply = answer.json()
        assert "no-store" in answer.header("cache-control")
        assert answer.header("pragma") == "no-cache"
        assert reply["token_type"] == "Bearer"
        assert reply["expires_in"] > 0
        claims, header = party.checked(reply["id_token"], nonce=nonce, access_token=reply["access_token"])
        return Tokens(claims, header, reply["access_token"], reply["id_token"], reply)

    def sign_in(self, party: RelyingParty | None = None, *, without: tuple[str, ...] = (), **changes: str) -> Tokens:
        """Go once through the whole flow."""
        attempt = self.attempt(party, without=without, **changes)
        return self.exchange(attempt, self.walk(self.browser.get(attempt.url)), party)

    def silent(self, party: RelyingParty | None = None, **changes: str) -> Tokens:
        """Go through the flow with prompt=none: no page may be shown."""
        attempt = self.attempt(party, prompt="none", **changes)
        return self.exchange(attempt, self.browser.get(attempt.url), party)

    def user_info(self, tokens: Tokens) -> dict[str, Any]:
        answer = self.basic.userinfo(tokens.access_token)
        assert answer.status == 200, answer
        claims: dict[str, Any] = answer.json()
        assert claims["sub"] == tokens.claims["sub"]
        return claims

    def must_see_login(self, attempt: Attempt) -> Page:
        """Go there and see that a proof is asked for."""
        page = self.browser.open(attempt.url)
        assert page.status == 200
        assert page.has("password"), page
        return page


__all__ = ["BYE", "CALLBACK", "OFFLINE", "PROFILE", "Check", "Suite"]
