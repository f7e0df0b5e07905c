"""What a relying party does after the sign-in: refresh, ask about tokens, give them back, sign people out."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from idp.records.clients import store as clients
from tests.support.browser import Browser, Page
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, Tokens, basic

BYE = "https://rp1.test/bye"
OFFLINE = "openid profile email offline_access"
REFRESHING = ("authorization_code", "refresh_token")


def amend(provider: Provider, client_id: str, **changes: Any) -> None:
    """Change a client's record."""
    with provider.database.transaction() as tx:
        client = clients.get(tx, client_id)
        assert client is not None
        assert clients.save(tx, replace(client, **changes))


def may_refresh(provider: Provider, *names: str) -> None:
    """Let clients have refresh tokens, and an address to return to after a logout."""
    for name in names:
        amend(provider, name, grant_types=REFRESHING, post_logout_redirect_uris=(BYE,))


def offline(provider: Provider, browser: Browser, party: RelyingParty, person: Person, **parameters: str) -> Tokens:
    """Let somebody sign in for offline use; the reply has a refresh token."""
    may_refresh(provider, party.client_id)
    tokens = provider.sign_in(browser, party, person, **{"scope": OFFLINE} | parameters)
    assert tokens.reply["refresh_token"]
    return tokens


def refresh(party: RelyingParty, token: str, **changes: str) -> Page:
    """Present a refresh token as this client; `changes` replace fields, an empty one leaves it out."""
    return _post(party, "/token", {"grant_type": "refresh_token", "refresh_token": token} | changes)


def introspect(party: RelyingParty, token: str, **changes: str) -> Page:
    """Ask about a token as this client."""
    return _post(party, "/introspect", {"token": token} | changes)


def revoke(party: RelyingParty, token: str, **changes: str) -> Page:
    """Give a token back as this client."""
    return _post(party, "/revoke", {"token": token} | changes)


def logout_url(provider: Provider, **parameters: str) -> str:
    """Return where a relying party sends the browser."""
    return f"{provider.issuer}/logout" + (f"?{urlencode(parameters)}" if parameters else "")


def is_signed_in(provider: Provider, browser: Browser) -> bool:
    """Tell whether the browser's session still answers without a page."""
    attempt = provider.bank.attempt(prompt="none")
    page = browser.get(attempt.url)
    if "code" in page.answer:
        return True
    assert provider.bank.error(attempt, page) == "login_required"
    return False


def _post(party: RelyingParty, path: str, fields: dict[str, str]) -> Page:
    headers = {}
    if party.auth_method == "client_secret_basic":
        headers["Authorization"] = basic(party.client_id, party.secret)
    else:
        fields = {"client_id": party.client_id} | fields
        if party.auth_method == "client_secret_post":
            fields = {"client_secret": party.secret} | fields
    return party.post(path, {name: value for name, value in fields.items() if value}, headers=headers)
