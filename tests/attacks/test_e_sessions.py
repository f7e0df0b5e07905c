"""Table E: login, enumeration, sessions, cross-site requests, the browser's surface."""

import re
from urllib.parse import quote

import pytest

from tests.support.browser import Browser, Page
from tests.support.enrolment import address
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider
from tests.support.recovery import report_link, reset
from tests.support.relying_party import RelyingParty, basic

MFA = "urn:idp:acr:mfa"


def test_ses_01_session_is_new_at_each_rise(provider: Provider, browser: Browser, bob: Person) -> None:
    """SES-01: the cookie's secret is new after the password and after the code; the old one is dead."""
    provider.sign_in(browser, provider.bank, bob)
    after_password, thief = browser.jar.get("idp_session"), provider.browser()
    thief.jar = browser.jar.copy()
    provider.sign_in(browser, provider.bank, bob, acr_values=MFA)
    assert browser.jar.get("idp_session") not in {"", after_password}
    attempt = provider.bank.attempt(prompt="none")
    assert provider.bank.error(attempt, thief.get(attempt.url)) == "login_required"


def test_ses_01_planted_cookies_are_not_adopted(provider: Provider, browser: Browser, alice: Person) -> None:
    """SES-01: no value that a stranger has planted becomes a session's."""
    planted = "A" * 43
    page = browser.get(
        provider.bank.attempt().url,
        headers={"Cookie": f"{provider.cookie('session')}={planted}; {provider.cookie('login')}={planted}"},
    )
    page = browser.follow(page)
    alice.identify(browser, page)
    values = {cookie.value for cookie in browser.jar.held.values()}
    assert planted not in values


def test_ses_01_planted_interaction_is_not_completed(provider: Provider, browser: Browser, alice: Person) -> None:
    """SES-01: a sign-in that somebody else began is nothing in this browser."""
    attacker = provider.browser()
    page = attacker.open(provider.bank.attempt().url)
    assert browser.get(page.url).status in {403, 404}


def test_ses_03_sso_never_completes_anothers_request(provider: Provider, browser: Browser, alice: Person) -> None:
    """SES-03: who is signed in and opens somebody else's sign-in gets nothing issued there."""
    provider.sign_in(browser, provider.bank, alice)
    attacker = provider.browser()
    page = attacker.open(provider.bank.attempt().url)
    with provider.nothing_issued():
        answer = browser.get(page.url)
    assert answer.status in {403, 404}
    assert attacker.get(page.url).has("password"), "the attacker's own page still asks"


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "http://localhost:8001", "http://localhost", "https://localhost:8000"]
)
def test_ses_04_foreign_origin_cannot_sign_in(provider: Provider, browser: Browser, alice: Person, origin: str) -> None:
    """SES-04: a form posted from another origin is refused even with the right token and cookies."""
    page = browser.open(provider.bank.attempt().url)
    _, url, entries = browser.fill(
        page, {"username": alice.username, "password": alice.password}, button="login-submit"
    )
    cookies = browser.jar.header(url)
    with provider.nothing_issued():
        answer = browser.post(url, entries, site=origin, headers={"Cookie": cookies, "Sec-Fetch-Site": ""})
    assert answer.status == 403


@pytest.mark.parametrize("token", ["", "x", "0" * 64, None])
def test_ses_04_token_is_required(provider: Provider, browser: Browser, alice: Person, token: str | None) -> None:
    """SES-04: without the page's token a form is refused, with and without an Origin."""
    page = browser.open(provider.bank.attempt().url)
    _, url, entries = browser.fill(
        page, {"username": alice.username, "password": alice.password}, button="login-submit"
    )
    fields = [(name, value) for name, value in entries if name != "csrf_token"]
    fields += [] if token is None else [("csrf_token", token)]
    with provider.nothing_issued():
        assert browser.post(url, fields).status == 403
        assert browser.post(url, fields, site=None).status == 403


def test_ses_04_token_of_another_browser_is_refused(provider: Provider, browser: Browser, alice: Person) -> None:
    """SES-04: the token is bound to the browser's own cookie."""
    attacker = provider.browser()
    attackers_page = attacker.open(provider.bank.attempt().url)
    _, _, attackers_entries = attacker.fill(attackers_page, {}, button="login-submit")
    page = browser.open(provider.bank.attempt().url)
    _, url, entries = browser.fill(
        page, {"username": alice.username, "password": alice.password}, button="login-submit"
    )
    fields = {**dict(entries), "csrf_token": dict(attackers_entries)["csrf_token"]}
    with provider.nothing_issued():
        assert browser.post(url, fields).status == 403


def test_ses_04_absent_origin_is_judged_by_the_token(provider: Provider, browser: Browser, alice: Person) -> None:
    """SES-04: a browser that sends no Origin signs in by the token alone (security.md, decided)."""
    attempt = provider.bank.attempt()
    page = browser.open(attempt.url)
    _, url, entries = browser.fill(
        page, {"username": alice.username, "password": alice.password}, button="login-submit"
    )
    provider.bank.tokens(attempt, browser.post(url, entries, site=None))


@pytest.mark.parametrize("site", ["cross-site"])
def test_ses_05_cross_site_fetch_is_refused(
    provider: Provider, browser: Browser, alice: Person, third_party: RelyingParty, site: str
) -> None:
    """SES-05: sign-in and consent refuse `Sec-Fetch-Site: cross-site`, whatever else is right."""
    attempt = third_party.attempt(scope="openid email")
    page = browser.open(attempt.url)
    _, url, entries = browser.fill(
        page, {"username": alice.username, "password": alice.password}, button="login-submit"
    )
    with provider.nothing_issued():
        assert browser.post(url, entries, headers={"Sec-Fetch-Site": site}).status == 403
    consent = browser.follow(alice.identify(browser, page))
    _, url, entries = browser.fill(consent, {}, button="consent-allow")
    with provider.no_code_issued():
        assert browser.post(url, entries, headers={"Sec-Fetch-Site": site}).status == 403
    assert third_party.tokens(attempt, browser.post(url, entries)).claims["sub"]


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", ""])
def test_ses_05_other_content_types_are_no_form(provider: Provider, browser: Browser, alice: Person, kind: str) -> None:
    """SES-05: a body of another type carries no token."""
    page = browser.open(provider.bank.attempt().url)
    body = f'{{"username":"{alice.username}","password":"{alice.password}"}}'.encode()
    with provider.nothing_issued():
        answer = browser.post(page.url, [], headers={"Content-Type": kind}, body=body)
    assert answer.status in {400, 403, 415}


def test_ses_08_lock_tells_nothing(provider: Provider, browser: Browser, alice: Person) -> None:
    """SES-08: a name that exists and one that does not are locked with the same words at the same count."""
    answers: dict[str, list[tuple[int, str]]] = {}
    for name in (alice.username, "nobody-at-all"):
        tries = []
        for _ in range(13):
            page = browser.open(provider.bank.attempt().url)
            answer = browser.submit(page, {"username": name, "password": "wrong"}, button="login-submit")
            tries.append((answer.status, answer.document.text.replace(name, "NAME")))
        answers[name] = tries
    assert answers[alice.username] == answers["nobody-at-all"]


def test_ses_10_waiting_session_holds_no_password(provider: Provider, browser: Browser, bob: Person) -> None:
    """SES-10: between password and code nothing that is stored or sent holds the password or the seed."""
    browser.follow(bob.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))
    stored = provider.dump()
    assert bob.username in stored
    for secret in (bob.password, bob.totp_secret):
        assert secret not in stored
        assert secret not in str(browser.jar.held)


def test_ses_10_bearer_values_are_stored_as_hashes(provider: Provider, browser: Browser, bob: Person) -> None:
    """SES-10: who reads the database can use no cookie, code or token of it."""
    attempt = provider.bank.attempt()
    page = bob.identify(browser, browser.open(attempt.url))
    code = provider.bank.code(attempt, page)
    tokens = provider.bank.redeem(attempt, code).json()
    stored = provider.dump()
    for value in (
        code,
        tokens["access_token"],
        provider.bank.secret,
        *(cookie.value for cookie in browser.jar.held.values()),
    ):
        assert value not in stored


def test_ses_14_disabled_person_is_out_at_once(provider: Provider, browser: Browser, bob: Person) -> None:
    """SES-14: cookie, waiting sign-in, code and token of somebody who was disabled are all refused."""
    tokens = provider.sign_in(browser, provider.bank, bob)
    waiting = provider.browser()
    page = waiting.follow(bob.identify(waiting, waiting.open(provider.bank.attempt(acr_values=MFA).url)))
    attempt, code = provider.code(browser, provider.bank)
    provider.disable(bob)
    with provider.nothing_issued():
        silent = provider.bank.attempt(prompt="none")
        assert provider.bank.error(silent, browser.get(silent.url)) == "login_required"
        answer = bob.give_code(waiting, page, bob.code(provider.clock.now()))
        assert answer.status < 500
        assert not answer.location.startswith(provider.bank.redirect_uri) or "code=" not in answer.location
        assert provider.bank.redeem(attempt, code).json()["error"] == "invalid_grant"
        assert provider.bank.userinfo(tokens.access_token).status == 401
        fresh = provider.browser()
        assert bob.identify(fresh, fresh.open(provider.bank.attempt().url)).status == 422


def every_page(provider: Provider, browser: Browser, alice: Person) -> list[Page]:
    attempt = provider.bank.attempt()
    page = browser.open(attempt.url)
    alice.identify(browser, page, password="wrong")
    done = alice.identify(browser, page)
    code = provider.bank.code(attempt, done)
    token = provider.bank.redeem(attempt, code)
    browser.get("/nowhere")
    browser.get("/authorize")
    browser.get("/login/unknown")
    browser.post(page.url, {"username": "x"})
    replies = [
        token,
        provider.bank.redeem(attempt, code),
        provider.bank.userinfo("x"),
        provider.bank.post("/token", {}),
    ]
    return browser.record + replies


def test_ses_16_no_page_or_token_is_stored(provider: Provider, browser: Browser, alice: Person) -> None:
    """SES-16: every dynamic answer, errors too, is no-store; where the cookie was read, it varies by it."""
    for page in every_page(provider, browser, alice):
        assert "no-store" in page.header("cache-control"), page
        assert "public" not in page.header("cache-control"), page
    for page in browser.record:
        assert "cookie" in page.header("vary").lower(), page


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "https://rp1.test.evil.test", "null", "https://rp1.test@evil.test"]
)
@pytest.mark.parametrize(
    "path",
    [
        "/authorize",
        "/token",
        "/userinfo",
        "/introspect",
        "/revoke",
        "/login/x",
        "/account/",
        "/account/api/methods",
        "/admin/",
        "/admin/api/people",
    ],
)
def test_ses_17_foreign_origins_are_not_reflected(provider: Provider, path: str, origin: str) -> None:
    """SES-17: no answer lets another origin read it; what only pages and servers of others ask lets none."""
    browser = provider.browser()
    for page in (
        browser.get(path, headers={"Origin": origin}),
        browser.post(path, {"grant_type": "authorization_code"}, site=origin),
        Page(
            "OPTIONS",
            path,
            provider.transport.send(
                "OPTIONS", provider.issuer + path, [("Origin", origin), ("Access-Control-Request-Method", "POST")], b""
            ),
        ),
    ):
        assert page.header("access-control-allow-origin") not in {origin, "null"}, page
        if path not in {"/token", "/userinfo"}:
            assert page.header("access-control-allow-origin") == ""
        assert page.header("access-control-allow-credentials") == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.test"},
        {"X-Forwarded-Host": "evil.test"},
        {"Forwarded": "host=evil.test;proto=https"},
        {"X-Forwarded-Proto": "http", "X-Forwarded-Port": "81"},
        {"X-Original-URL": "/admin", "X-Rewrite-URL": "/admin"},
    ],
    ids=lambda headers: ",".join(headers),
)
def test_ses_18_issuer_is_the_configured_one(provider: Provider, headers: dict[str, str]) -> None:
    """SES-18: no header changes an address that we publish."""
    page = provider.bank.get("/.well-known/openid-configuration", headers=headers)
    if page.status == 200:
        assert page.json()["issuer"] == provider.issuer
        assert "evil.test" not in page.text
    else:
        assert page.status == 400
    redirect = provider.browser().get(provider.bank.attempt().url, headers=headers)
    assert "evil.test" not in redirect.header("location")


@pytest.mark.parametrize(
    "path", ["/login//x", "//login/x", "/login/x/", "/static", "/account", "//evil.test/authorize", "/.//login/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_ses_18_no_redirect_goes_where_the_host_says(provider: Provider, path: str, method: str) -> None:
    """SES-18, OAU-46: an address that is nearly ours is not found; it is not mended by a redirect."""
    reply = provider.transport.send(method, provider.issuer + path, [("Host", "evil.test")], b"")
    assert reply.status == 303 or 400 <= reply.status < 500
    assert b"//evil.test" not in reply.body + str(reply.headers).encode()


@pytest.mark.parametrize(
    "value",
    [
        "//e.test",
        "/\\e.test",
        "///e.test",
        "\\\\e.test",
        "https:e.test",
        "%09//e.test",
        "javascript:x",
        "//e%00",
        "//idp.test@e.test",
    ],
)
@pytest.mark.parametrize("name", ["next", "return_to", "redirect", "continue", "resume"])
def test_ses_19_return_addresses_are_not_read(
    provider: Provider, browser: Browser, alice: Person, name: str, value: str
) -> None:
    """SES-19: where a sign-in goes is in the stored state alone."""
    page = browser.open(provider.bank.attempt().url)
    _, url, entries = browser.fill(
        page, {"username": alice.username, "password": alice.password}, button="login-submit"
    )
    answer = browser.post(f"{url}?{name}={quote(value, safe='')}", [*entries, (name, value)])
    assert answer.location.startswith(provider.bank.redirect_uri) or answer.status >= 400
    assert "e.test" not in answer.location


def test_ses_22_ambiguous_cookies_are_no_cookies(provider: Provider, browser: Browser, alice: Person) -> None:
    """SES-22: two different values under one name count as none, and nothing fails."""
    provider.sign_in(browser, provider.bank, alice)
    name, value = provider.cookie("session"), browser.jar.get("idp_session")
    attempt = provider.bank.attempt(prompt="none")
    for header in (f"{name}={value}; {name}=other", f"{name}=other; {name}={value}", f"{name}=; {name}={value}x"):
        with provider.nothing_issued():
            assert (
                provider.bank.error(attempt, browser.get(attempt.url, headers={"Cookie": header})) == "login_required"
            )


@pytest.mark.parametrize(
    "header",
    [
        "x=y; " * 500,
        "=" * 200,
        "idp_session_8000",
        'idp_session_8000="',
        "idp_session_8000=" + "x" * 5000,
        ";;;;",
        "\x80=\xff",
        "$Version=1",
    ],
    ids=range(8),
)
def test_ses_22_odd_cookies_do_not_fail(provider: Provider, header: str) -> None:
    """SES-22: a huge or broken jar is no reason to fail."""
    browser = provider.browser()
    assert browser.get(provider.bank.attempt().url, headers={"Cookie": header}).status in {303, 400, 431}


@pytest.mark.parametrize(
    "value",
    [
        "a",
        "",
        ", ".join(["1.2.3.4"] * 300),
        "fe80::1%eth0",
        "1.2.3.4\x00",
        "\u00ff",
        "::ffff:1.2.3.4",
        "999.1.1.1",
        "1.2.3.4:99999",
    ],
)
@pytest.mark.parametrize("proxies", [0, 1])
def test_ses_23_unparsable_address_is_no_way_around(make_provider: MakeProvider, value: str, proxies: int) -> None:
    """SES-23: an address that cannot be read neither fails nor opens anything."""
    provider = make_provider(proxies=proxies)
    browser, alice = provider.browser(), provider.people["alice"]
    page = browser.open(provider.bank.attempt().url)
    _, url, entries = browser.fill(page, {"username": alice.username, "password": "wrong"}, button="login-submit")
    with provider.nothing_issued():
        answer = browser.post(url, entries, headers={"X-Forwarded-For": value})
    assert answer.status in {400, 422}


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/authorize", "/token", "{page}"])
def test_ses_25_other_methods_change_nothing(
    provider: Provider, browser: Browser, alice: Person, method: str, path: str
) -> None:
    """SES-25: only POST moves a sign-in on."""
    page = browser.open(provider.bank.attempt().url)
    _, _, entries = browser.fill(page, {"username": alice.username, "password": alice.password}, button="login-submit")
    body = "&".join(f"{name}={quote(value)}" for name, value in entries).encode()
    headers = [
        ("Cookie", browser.jar.header(page.url)),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-HTTP-Method-Override", "POST"),
    ]
    with provider.nothing_issued():
        reply = provider.transport.send(
            method, path.format(page=page.url) if "{" in path else provider.issuer + path, headers, body
        )
    assert reply.status < 500
    assert alice.password.encode() not in reply.body


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE"])
def test_ses_25_other_methods_end_nothing(provider: Provider, browser: Browser, alice: Person, method: str) -> None:
    """SES-25: nor do they sign out, revoke, report or change an account, whatever is in their body or address."""
    tokens = provider.sign_in(browser, provider.bank, alice)
    reset(provider, provider.people["bob"])
    link = report_link(provider, address(provider.people["bob"]))
    page = browser.open("/account/sessions")
    _, _, entries = browser.fill(page, {}, button="end-all")
    secret = [("Authorization", basic("bank", provider.bank.secret))]
    sent: list[tuple[str, list[tuple[str, str]], list[tuple[str, str]]]] = [
        (f"/logout?id_token_hint={tokens.id_token}", [], []),
        ("/logout", [("id_token_hint", tokens.id_token)], []),
        ("/revoke", [("token", tokens.access_token)], secret),
        ("/account/sessions", list(entries), []),
        (link.removeprefix(provider.issuer), [], []),
    ]
    for path, fields, headers in sent:
        ours = [
            ("Cookie", browser.jar.header(page.url)),
            ("Origin", provider.issuer),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("X-HTTP-Method-Override", "POST"),
        ]
        body = "&".join(f"{name}={quote(value)}" for name, value in fields).encode()
        reply = provider.transport.send(method, provider.issuer + path, [*ours, *headers], body)
        assert reply.status in {200, 405}, path
        assert not any(name.lower() == "set-cookie" for name, _ in reply.headers), path
    assert provider.bank.userinfo(tokens.access_token).status == 200
    assert provider.browser().open(link).has("not-me-submit"), "and is not used up"
    assert browser.get("/account/sessions").status == 200


def test_ses_25_form_in_the_address_signs_nobody_in(provider: Provider, browser: Browser, alice: Person) -> None:
    """SES-25: a GET with a form's fields is a GET."""
    page = browser.open(provider.bank.attempt().url)
    _, _, entries = browser.fill(page, {"username": alice.username, "password": alice.password}, button="login-submit")
    with provider.nothing_issued():
        answer = browser.get(
            page.url + "?" + "&".join(f"{name}={quote(value)}" for name, value in entries),
            headers={"X-HTTP-Method-Override": "POST"},
        )
    assert answer.has("password")


def test_ses_09_cookies_have_their_flags(provider: Provider, browser: Browser, alice: Person) -> None:
    """NIST SP 800-63B-4 §5.1.1: every cookie is HttpOnly, SameSite=Lax, for the whole site and no other."""
    provider.sign_in(browser, provider.bank, alice)
    lines = [line for page in browser.record for line in page.set_cookies]
    assert lines
    for line in lines:
        assert re.search(r"; HttpOnly(;|$)", line), line
        assert re.search(r"; SameSite=Lax(;|$)", line), line
        assert re.search(r"; Path=/(;|$)", line), line
        assert "domain" not in line.lower(), line
        assert re.match(r"idp_[a-z]+_8000=", line), line


def test_ses_09_cookies_on_https_are_bound_to_the_host(make_provider: MakeProvider) -> None:
    """SES-22: on https every cookie is `__Host-` and Secure."""
    provider = make_provider(issuer="https://idp.test")
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, provider.people["alice"])
    lines = [line for page in browser.record for line in page.set_cookies]
    assert lines
    assert all(line.startswith("__Host-idp_") and "; Secure" in line for line in lines)
    assert all(page.header("strict-transport-security") for page in browser.record)


def test_ses_15_pages_cannot_be_framed(provider: Provider, browser: Browser, alice: Person) -> None:
    """ASVS 3.4.6: every page says that it may not be framed, and runs nothing that is not ours."""
    every_page(provider, browser, alice)
    for page in browser.record:
        policy = page.header("content-security-policy")
        assert "frame-ancestors 'none'" in policy, page
        assert "default-src 'none'" in policy, page
        assert "base-uri 'none'" in policy, page
        assert "unsafe-inline" not in policy, page
        assert page.header("x-content-type-options") == "nosniff", page
        assert page.header("referrer-policy") == "same-origin", page
