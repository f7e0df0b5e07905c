"""What must be whole or not at all: each deed is prepared, sent to a process that may die over it, and then looked at.

The one who looks is another node on the same database, as the next process after a crash would be.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

import pytest
from sqlalchemy import text, update

from idp.core.tokens import digest
from idp.oidc.standing import store as standings
from idp.records.keys import store as keys
from idp.records.keys.model import KeyState
from idp.records.keys.service import KNOWN_AFTER
from idp.storage.metadata import METADATA
from tests.support.afterwards import OFFLINE, amend, may_refresh, refresh
from tests.support.browser import Browser, Page
from tests.support.cluster import Present
from tests.support.database import fresh_database
from tests.support.enrolment import bind, held, secret_on
from tests.support.mortal import Life, Mortals, mortals
from tests.support.person import Person
from tests.support.provider import Provider, environ_for, populate
from tests.support.race import Shot
from tests.support.relying_party import Attempt, Tokens, basic

MFA = "urn:idp:acr:mfa"


class Deed(Protocol):
    """One thing that is done wholly or not at all."""

    def prepare(self) -> None:
        """Bring everything to the moment before it."""
        ...

    def do(self, mortals: Mortals, dies_before: int) -> Life:
        """Let a process do it."""
        ...

    def check(self, life: Life) -> None:
        """Assert that it happened or did not, and that whoever asked can go on."""
        ...


@contextmanager
def stage(request: pytest.FixtureRequest, dialect: str) -> Iterator[tuple[Provider, Mortals]]:
    """Fill a database; give the node that stays, and the processes that do not."""
    with fresh_database(request, dialect) as url:
        environ = environ_for(url)
        provider = Provider(environ, clock=Present())
        provider.start()
        populate(provider)
        try:
            with mortals(environ) as dying:
                yield provider, dying
        finally:
            provider.close()


def fresh_codes(provider: Provider, person: Person) -> None:
    """Let the code that an app shows now be new, and nobody have failed."""
    provider.forget_attempts()
    with provider.database.engine().connect() as connection:
        connection.execute(text("UPDATE credentials SET step = NULL WHERE user_id = :id"), {"id": person.id})


def leave_rows(provider: Provider) -> None:
    """Let the bank have refresh tokens, and access tokens that leave a row to be counted."""
    may_refresh(provider, "bank")
    amend(provider, "bank", access_token_format="opaque")


def form_of(browser: Browser, page: Page, button: str, **typed: str) -> Shot:
    """Return what a click will send."""
    _, url, entries = browser.fill(page, typed, button=button)
    return Shot(url, entries, {"Cookie": browser.jar.header(url), "Origin": browser.origin})


class Redemption:
    """A code becomes tokens: an access token, a refresh token and an ID token, or none."""

    attempt: Attempt
    code: str

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._browser = provider.browser()
        leave_rows(provider)
        provider.sign_in(self._browser, provider.bank, provider.people["alice"])

    def prepare(self) -> None:
        self.attempt = self._provider.bank.attempt(scope=OFFLINE)
        self.code = self._provider.bank.code(self.attempt, self._browser.get(self.attempt.url))
        self._before = self._counts()

    def do(self, mortals: Mortals, dies_before: int) -> Life:
        fields, headers = self._provider.bank.token_request(self.attempt, self.code)
        return mortals.post(
            Shot(self._provider.issuer + "/token", list(fields.items()), headers), dies_before=dies_before
        )

    def check(self, life: Life) -> None:
        issued = {now - before for now, before in zip(self._counts(), self._before, strict=True)}
        with self._provider.database.transaction() as tx:
            found = standings.of_code(tx, digest(self.code))
        assert found is not None
        code, _ = found
        assert issued == {int(code.spent_at is not None)}, "spent without tokens, or tokens without being spent"
        if life.reply is not None:
            assert life.reply.status == 200
            assert issued == {1}
        again = self._provider.bank.redeem(self.attempt, self.code)
        assert again.status == (400 if code.spent_at else 200)
        assert self._provider.bank.redeem(self.attempt, self.code).json()["error"] == "invalid_grant"
        assert [now - before for now, before in zip(self._counts(), self._before, strict=True)] == [1, 1]

    def _counts(self) -> list[int]:
        return [self._provider.count("access_tokens"), self._provider.count("refresh_families")]


class Refresh:
    """A refresh token becomes its successor: whoever lost the answer asks again and is given the one successor."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        leave_rows(provider)
        tokens = provider.sign_in(provider.browser(), provider.bank, provider.people["alice"], scope=OFFLINE)
        self._token = str(tokens.reply["refresh_token"])

    def prepare(self) -> None:
        self._before = self._provider.count("access_tokens")

    def do(self, mortals: Mortals, dies_before: int) -> Life:
        fields = [("grant_type", "refresh_token"), ("refresh_token", self._token)]
        headers = {"Authorization": basic("bank", self._provider.bank.secret)}
        return mortals.post(Shot(self._provider.issuer + "/token", fields, headers), dies_before=dies_before)

    def check(self, life: Life) -> None:
        repeated = refresh(self._provider.bank, self._token)
        assert repeated.status == 200
        if life.reply is not None:
            assert life.reply.body == repeated.reply.body, "what was answered is lost"
        following = refresh(self._provider.bank, repeated.json()["refresh_token"])
        assert following.status == 200
        assert self._provider.count("access_tokens") == self._before + 2, "two sets of tokens for one refresh token"
        self._token = following.json()["refresh_token"]


class Acceptance:
    """A right code is used up, raises the session and is answered; or none of it, and it is asked again."""

    attempt: Attempt
    browser: Browser
    page: Page

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._bob = provider.people["bob"]

    def prepare(self) -> None:
        fresh_codes(self._provider, self._bob)
        self.browser, self.attempt = self._provider.browser(), self._provider.bank.attempt(acr_values=MFA)
        self.page = self.browser.follow(self._bob.identify(self.browser, self.browser.open(self.attempt.url)))
        self._code = self._bob.code(self._provider.clock.now())
        self._before = self._counts()

    def do(self, mortals: Mortals, dies_before: int) -> Life:
        return mortals.post(
            form_of(self.browser, self.page, "challenge-submit", code=self._code), dies_before=dies_before
        )

    def check(self, life: Life) -> None:
        with self._provider.database.engine().connect() as connection:
            statement = text("SELECT count(*) FROM credentials WHERE user_id = :id AND step IS NOT NULL")
            used = connection.execute(statement, {"id": self._bob.id}).scalar()
        assert self._gained() == [used, used, used], "half-done: session, grant and code go with the used step"
        if life.reply is not None:
            assert (life.reply.status, used) == (303, 1)
        elsewhere = self._provider.bank.attempt(acr_values=MFA)
        assert not self.browser.open(elsewhere.url).location, "nobody is signed in who was not told so"
        done = self._bob.give_code(self.browser, self.page, self._code)
        assert self._provider.bank.tokens(self.attempt, done).acr == MFA
        assert self._gained() == [1, 1, 1]
        other = self._provider.browser()
        asked = other.follow(self._bob.identify(other, other.open(elsewhere.url)))
        assert self._bob.give_code(other, asked, self._code).status == 422, "a used code was taken again"

    def _counts(self) -> list[int]:
        return [self._provider.count(table) for table in ("sessions", "grants", "authorization_codes")]

    def _gained(self) -> list[int]:
        return [now - before for now, before in zip(self._counts(), self._before, strict=True)]


class Enrolment:
    """An app takes the place of another: there is always exactly one, and its owner knows which."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._holder = provider.people["carol"]
        self._browser = provider.browser()
        bind(provider, self._holder, email=True)

    def prepare(self) -> None:
        fresh_codes(self._provider, self._holder)
        (self._old,) = held(self._provider, self._holder)
        now = self._provider.clock.now()
        page = self._browser.open(f"/account/factors/{self._old}")
        page = self._browser.follow(self._holder.answer(self._browser, page, now))
        self._page = self._browser.follow(self._browser.submit(page, button="replace-submit"))
        self._new = replace(self._holder, totp_secret=secret_on(self._page))
        self._code = self._new.code(now)

    def do(self, mortals: Mortals, dies_before: int) -> Life:
        shot = form_of(self._browser, self._page, "enrol-submit", code=self._code)
        return mortals.post(shot, dies_before=dies_before)

    def check(self, life: Life) -> None:
        (left,) = held(self._provider, self._holder)
        is_done = left != self._old
        if life.reply is not None:
            assert (life.reply.status, is_done) == (303, True)
        if not is_done:
            answer = self._browser.submit(self._page, {"code": self._code}, button="enrol-submit")
            assert answer.status == 303, "what was not done cannot be done again"
        self._holder = self._new
        fresh_codes(self._provider, self._holder)
        provider, browser = self._provider, self._provider.browser()
        assert provider.sign_in(browser, provider.bank, self._holder, acr_values=MFA).acr == MFA
        assert len(held(provider, self._holder)) == 1


class Rotation:
    """Keys move on together: one signs and one is published to follow, and what was signed before verifies."""

    _tokens: Tokens

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def prepare(self) -> None:
        self._let_be_known()
        self._before = self._states()
        self._tokens = self._sign_in()

    def do(self, mortals: Mortals, dies_before: int) -> Life:
        return mortals.run("keys", "rotate", dies_before=dies_before)

    def check(self, life: Life) -> None:
        after = self._states()
        current = {alg: kid for (alg, kid), state in after.items() if state is KeyState.CURRENT}
        following = {alg: kid for (alg, kid), state in after.items() if state is KeyState.NEXT}
        assert sorted(current) == sorted(following) == ["ES256", "RS256"]
        moved = {self._before.get((alg, kid)) for alg, kid in current.items()}
        assert moved in ({KeyState.CURRENT}, {KeyState.NEXT}), "one algorithm has moved on without the other"
        if life.code is not None:
            assert (life.code, moved) == (0, {KeyState.NEXT})
        published = {key["kid"] for key in self._provider.restarted().bank.get("/jwks").json()["keys"]}
        assert published == {kid for (_, kid), state in after.items() if state is not KeyState.RETIRED}
        nonce, access_token = str(self._tokens.claims["nonce"]), self._tokens.access_token
        self._provider.bank.checked(self._tokens.id_token, nonce=nonce, access_token=access_token)
        assert self._sign_in().header["kid"] == current["RS256"]

    def _let_be_known(self) -> None:
        """Let the time pass that a key is published before it signs."""
        table = METADATA.tables["signing_keys"]
        known = (
            update(table).where(table.c.state == KeyState.NEXT.value).values(created_at=Present().now() - KNOWN_AFTER)
        )
        with self._provider.database.engine().connect() as connection:
            connection.execute(known)

    def _sign_in(self) -> Tokens:
        return self._provider.sign_in(self._provider.browser(), self._provider.bank, self._provider.people["alice"])

    def _states(self) -> dict[tuple[str, str], KeyState]:
        with self._provider.database.transaction() as tx:
            return {(key.alg, key.kid): key.state for key in keys.list_keys(tx)}
