"""Rows that hold as nothing is there to be attacked: asked of every route that takes a form, so that it stays so."""

import re
from collections.abc import Iterator

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from tests.admin.conftest import staff
from tests.support.browser import Browser
from tests.support.enrolment import bind, held
from tests.support.outbox import messages
from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"
MACHINES = ("/par", "/token", "/revoke", "/introspect", "/userinfo")
"""The machine endpoints that take a form, beside those of pages."""
PLANTED = {
    "password": "planted by the helpdesk",
    "new_password": "planted by the helpdesk",
    "password_hash": "$2b$04$plantedplantedplantedplant",
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "totp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "seed": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
}
FORGED = {
    "MessageSid": "SM0123456789abcdef0123456789abcdef",
    "MessageStatus": "failed",
    "To": "+12025550177",
    "messageId": "0A0000000123ABCD1",
    "status": "rejected",
    "event": "bounce",
    "email": "bob@example.com",
}
"""What Twilio, Vonage and mail services post to a status hook."""
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def forms(provider: Provider, below: str = "/", **names: str) -> Iterator[str]:
    """Yield the path of every page that takes a form, with these names filled in."""
    for rule in provider.flask.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.rule.startswith(below):
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found: names.get(found[1], "x" * 32), rule.rule)


@pytest.mark.parametrize("role", ["helpdesk", "owner"])
def test_enr_26_no_form_of_the_console_plants_a_credential(provider: Provider, bob: Person, role: str) -> None:
    """ENR-26: whatever form is sent a password or a seed beside bob's name, nobody has another than before."""
    browser, _ = staff(provider, role)
    page = browser.get(f"/admin/people/{bob.id}")
    token = dict(page.document.form_with("reset-factors").entries({}, None))["csrf_token"]
    paths = set(forms(provider, "/admin/", user_id=bob.id))
    assert any(bob.id in path for path in paths)
    before = provider.stored("credentials", "material_sealed")
    for path in sorted(paths):
        answer = browser.post(provider.issuer + path, [("csrf_token", token), *PLANTED.items()])
        assert answer.status < 500, path
        assert provider.stored("credentials", "material_sealed") <= before, f"{path} planted something"


def test_enr_26_a_reset_takes_a_fresh_proof_and_is_told(provider: Provider, bob: Person) -> None:
    """ENR-26, ASVS 6.4.6: the helpdesk takes away and gives nothing; bob is told of it."""
    bind(provider, bob, email=True)
    browser, helper = staff(provider, "helpdesk")
    page = browser.get(f"/admin/people/{bob.id}")
    provider.advance(601)
    with provider.unchanged("credentials"):
        assert "/login/" in browser.submit(page, button="reset-factors").location
    attempt = provider.bank.attempt(acr_values=MFA, prompt="login")
    helper.answer(browser, browser.open(attempt.url), provider.clock.now())
    browser.follow(browser.submit(browser.get(f"/admin/people/{bob.id}"), button="reset-factors"))
    assert (held(provider, bob, "totp"), len(held(provider, bob, "password"))) == ([], 1)
    assert "removed" in messages(provider.database, to="bob@example.com", purpose="notice")[0].text


def test_msg_11_no_route_takes_what_a_gateway_says(provider: Provider, bob: Person) -> None:
    """MSG-11: there is no status hook; a forged one, sent twice to every route that takes a form, changes nothing."""
    bind(provider, bob, phone="+12025550177")
    browser = provider.browser()
    page = browser.follow(bob.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))
    page = browser.follow(browser.submit(page, button="choose-sms"))
    browser.follow(browser.submit(page, button="send-code"))
    sent = [(message.id, message.sent_at, message.dead_at) for message in messages(provider.database)]
    paths = {*forms(provider), *MACHINES, "/sms/status", "/hooks/twilio", "/delivery/callback"}
    gateway = provider.browser()
    before = {name: provider.stored(name, "id") for name in ("sessions", "credentials", "grants", "users", "outbox")}
    for path in sorted(paths):
        for _ in range(2):
            answer = gateway.post(provider.issuer + path, list(FORGED.items()), headers={"X-Twilio-Signature": "AAAA"})
            assert answer.status in {303, 400, 401, 403, 404, 405, 410, 415, 422}, f"{path} answered {answer.status}"
    assert [(message.id, message.sent_at, message.dead_at) for message in messages(provider.database)] == sent
    assert {name: provider.stored(name, "id") for name in before} == before


BATTERY = {
    "replayed": {},
    "another server's": {"aud": "https://other.test"},
    "for several": {"aud": ["http://localhost:8000", "https://other.test"]},
    "for a year": {"exp": 365 * 86400},
    "of another": {"iss": "shop"},
    "about another": {"sub": "shop"},
    "without a name": {"jti": None},
}


@pytest.mark.parametrize("signed", ["ES256", "HS256", "none"])
def test_oau_33_no_assertion_stands_for_a_secret(
    provider: Provider, browser: Browser, bob: Person, signed: str
) -> None:
    """OAU-33: an application registered with a secret shows it; an assertion, however it is made, is refused."""
    attempt = provider.bank.attempt()
    code = provider.bank.code(attempt, bob.identify(browser, browser.open(attempt.url)))
    fields, headers = provider.bank.token_request(attempt, code)
    headers = {key: value for key, value in headers.items() if key.lower() != "authorization"}
    with provider.no_token_issued():
        for name, claims in BATTERY.items():
            told = {
                "client_id": "bank",
                "client_assertion_type": ASSERTION,
                "client_assertion": asserted(provider, claims, signed),
            }
            for _ in range(2):
                answer = browser.post(f"{provider.issuer}/token", list((fields | told).items()), headers=headers)
                assert (answer.status, answer.json()["error"]) == (401, "invalid_client"), name


def asserted(provider: Provider, changes: dict, signed: str) -> str:
    """Return an assertion with these claims changed; None takes one away."""
    now = int(provider.clock.now().timestamp())
    claims = {"iss": "bank", "sub": "bank", "aud": provider.issuer, "jti": "once", "iat": now, "exp": 60}
    claims = {key: value for key, value in (claims | changes).items() if value is not None}
    claims["exp"] = now + int(claims["exp"])
    match signed:
        case "HS256":
            return jwt.encode({"alg": signed}, claims, OctKey.import_key(provider.bank.secret))
        case "ES256":
            return jwt.encode({"alg": signed}, claims, ECKey.generate_key("P-256"))
        case _:
            _, body, _ = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("x" * 32)).split(".")
            return f"eyJhbGciOiJub25lIn0.{body}."
