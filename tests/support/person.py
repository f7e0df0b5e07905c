"""A person at a browser: knows a name, a password, and holds an authenticator app."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp

from tests.support.browser import Browser, Page

STEP = timedelta(seconds=30)


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    id: str
    username: str
    password: str = field(repr=False)
    totp_secret: str = field(default="", repr=False)

    def code(self, now: datetime, *, steps: int = 0) -> str:
        """Return what the authenticator app shows `steps` time steps from now."""
        return pyotp.TOTP(self.totp_secret).at(now + steps * STEP)

    def wrong_code(self, now: datetime) -> str:
        """Return six digits that no step near now accepts."""
        near = {self.code(now, steps=steps) for steps in range(-3, 4)}
        return next(
            code for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666") if code not in near
        )

    def identify(self, browser: Browser, page: Page, *, password: str | None = None) -> Page:
        """Fill in name and password and click; stop at the answer."""
        typed = {"username": self.username, "password": self.password if password is None else password}
        return browser.submit(page, typed, button="login-submit")

    def give_password(self, browser: Browser, page: Page) -> Page:
        """Prove the password again on whichever page asks for it."""
        button = "login-submit" if page.has("login-submit") else "challenge-submit"
        return browser.submit(page, {"password": self.password}, button=button)

    def give_code(self, browser: Browser, page: Page, code: str) -> Page:
        """Type a code and click; stop at the answer."""
        return browser.submit(page, {"code": code}, button="challenge-submit")

    def answer(self, browser: Browser, page: Page, now: datetime) -> Page:
        """Answer whatever the pages ask, until the browser is sent away or something else is shown."""
        for _ in range(4):
            page = browser.follow(page)
            if page.status == 200 and page.has("login-submit"):
                page = self.identify(browser, page)
            elif page.status == 200 and page.has("password"):
                page = self.give_password(browser, page)
            elif page.status == 200 and page.has("code"):
                page = self.give_code(browser, page, self.code(now))
            else:
                return page
        return page
