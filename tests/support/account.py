"""The account's API as a script on a page of ours calls it."""

from typing import Any

from tests.support.browser import Browser, Page

ROOT = "/account/api"
NEW = "violet umbrellas forget nothing"
OURS = {"Sec-Fetch-Site": "same-origin"}


def call(browser: Browser, verb: str, path: str, body: Any = None, **headers: str) -> Page:
    """Send what a script on a page of ours would."""
    return browser.send_json(verb, f"{ROOT}{path}", body, headers=OURS | headers)
