"""The bank against the real provider: what a careful relying party does, and what its visitors see."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pyotp

from idp.demo import seed
from tests.demo.conftest import Visitor
from tests.support.pages import Document


def test_bank_asks_low_to_look_and_high_to_move_money(visitor: Visitor) -> None:
    """A password opens the account; a transfer asks for the code alone, and says what the token claimed."""
    assert visitor.sign_in("bob").headers["location"] == "/"
    assert "Bob Baker" in visitor.open("/").text
    sent = visitor.transfer()
    asked = parse_qs(urlsplit(sent.headers["location"]).query)
    assert (asked["acr_values"], asked["max_age"]) == (["urn:idp:acr:mfa"], ["300"])
    assert asked["code_challenge_method"] == ["S256"]
    page = visitor.at_provider(sent.headers["location"])
    assert 'name="password"' not in page.text
    done = visitor.back(visitor.fill(page, "challenge-submit", code=visitor.code()))
    assert done.headers["location"] == "/transfer/done"
    shown = visitor.open("/transfer/done").text
    assert "€ 25.50" in shown
    assert "urn:idp:acr:mfa" in shown
    assert "pwd otp mfa" in shown
    assert "€ 2,474.50" in visitor.open("/").text


def test_bank_moves_no_money_without_the_proof(visitor: Visitor) -> None:
    """Who cannot give a second proof is told why, and offered what would help."""
    visitor.sign_in("alice")
    page = visitor.at_provider(visitor.transfer().headers["location"])
    assert page.status_code == 200
    form = Document(page.text).form_with("send-code")
    page = visitor.at_provider(page.url, form.entries({}, form.control("send-code")))
    while "challenge-submit" in Document(page.text).ids:
        form = Document(page.text).form_with("challenge-submit")
        page = visitor.at_provider(page.url, form.entries({"code": "x"}, form.control("challenge-submit")))
    form = Document(page.text).form_with("refuse-leave")
    told = visitor.back(visitor.at_provider(page.url, form.entries({}, form.control("refuse-leave"))))
    assert told.status_code == 403
    assert "unmet_authentication_requirements" in told.text
    assert "/sign-in?again=1" in told.text
    assert "There are none yet" in visitor.open("/").text
    assert visitor.open("/transfer/done").headers["location"] == "/"


def test_bank_believes_no_answer_that_it_did_not_ask_for(visitor: Visitor) -> None:
    """An answer without an attempt of this browser, or from another issuer, is refused."""
    assert visitor.open("/callback?code=x&state=nonesuch").status_code == 400
    attempt = visitor.open("/sign-in").headers["location"]
    state = parse_qs(urlsplit(attempt).query)["state"][0]
    told = visitor.open(f"/callback?code=x&state={state}&iss=https://elsewhere.example.com")
    assert told.status_code == 400
    assert "wrong_issuer" in told.text


def test_bank_redeems_an_answer_once(visitor: Visitor) -> None:
    """A code that was used, or never given, signs nobody in."""
    attempt = visitor.open("/sign-in").headers["location"]
    state = parse_qs(urlsplit(attempt).query)["state"][0]
    told = visitor.open(f"/callback?code=never-given&state={state}&iss={visitor.place.issuer}")
    assert told.status_code == 400
    assert "invalid_grant" in told.text
    assert "Welcome" in visitor.open("/").text


def test_bank_does_not_take_another_persons_proof(visitor: Visitor) -> None:
    """A transfer begun by one person cannot be confirmed by another."""
    visitor.sign_in("alice")
    sent = visitor.transfer().headers["location"]
    visitor.provider.cookies.clear()
    password = _password(visitor, "bob")
    page = visitor.fill(visitor.at_provider(sent), "login-submit", username="bob", password=password)
    told = visitor.back(visitor.fill(page, "challenge-submit", code=visitor.code()))
    assert told.status_code == 403
    assert "another_person" in told.text
    assert "Alice Aalto" in visitor.open("/").text


def test_bank_says_what_is_wrong_with_a_transfer(visitor: Visitor) -> None:
    """Errors stand beside their fields, what was typed stays, and nothing is sent."""
    visitor.sign_in("bob")
    for to, amount, why in [
        ("", "5", "Enter who receives the money"),
        ("Dora", "much", "Enter an amount"),
        ("Dora", "0", "Enter an amount"),
        ("Dora", "999999", "Enter at most"),
    ]:
        told = visitor.transfer(to, amount)
        assert told.status_code == 422
        assert why in told.text
        assert f'value="{amount}"' in told.text


def test_bank_lets_nobody_in_unsigned(visitor: Visitor) -> None:
    """Rooms are behind the door; forms of other sites are refused; a page that is not there is a page."""
    for path in ("/account", "/transfer", "/transfer/done"):
        assert visitor.open(path).headers["location"] == "/sign-in"
    assert visitor.bank.post("/sign-out", headers={"Origin": "https://elsewhere.example.com"}).status_code == 403
    assert visitor.open("/nonesuch").status_code == 404


def test_bank_signs_out_at_the_provider_too(visitor: Visitor) -> None:
    """Signing out gives the refresh token back, ends the provider's session, and comes back; then all is asked anew."""
    visitor.sign_in("bob")
    assert "acr" in visitor.open("/account").text
    refresh_token = visitor.kept()["tokens"]["refresh_token"]
    left = visitor.bank.post("/sign-out").headers["location"]
    assert left.startswith(f"{visitor.place.issuer}/logout?")
    assert set(parse_qs(urlsplit(left).query)) >= {"id_token_hint", "post_logout_redirect_uri"}
    assert "You are signed out" in visitor.back(visitor.at_provider(left)).text
    assert visitor.sessions() == []
    assert visitor.refresh(refresh_token).json()["error"] == "invalid_grant"
    assert "Welcome" in visitor.open("/").text
    again = visitor.at_provider(visitor.open("/sign-in").headers["location"])
    assert 'name="password"' in again.text


def test_bank_refreshes_a_token_that_has_ended(visitor: Visitor) -> None:
    """An access token that is past its time, or that the API takes no more, is exchanged without a word."""
    visitor.sign_in("bob")
    for change in ({"expires_at": 1}, {"access_token": "no.such.token"}):
        tokens = visitor.kept()["tokens"]
        before = tokens["access_token"]
        tokens.update(change)
        assert "Bob Baker" in visitor.open("/").text
        after = visitor.kept()["tokens"]
        assert after["access_token"] not in (before, "no.such.token")
        assert after["refresh_token"] != tokens["refresh_token"] or after is tokens
        assert after["expires_at"] > 1


def test_bank_asks_again_when_nothing_refreshes(visitor: Visitor) -> None:
    """Once the refresh token is worth nothing the visitor signs in again."""
    visitor.sign_in("bob")
    visitor.kept()["tokens"].update(expires_at=1, refresh_token="spent")
    assert visitor.open("/").headers["location"] == "/sign-in"
    assert "Welcome" in visitor.open("/").text


def test_bank_carries_a_waiting_transfer_out_once(visitor: Visitor) -> None:
    """What waited is booked once: neither the answer opened again nor the form sent again books it twice."""
    visitor.sign_in("bob")
    page = visitor.at_provider(visitor.transfer().headers["location"])
    assert "A transfer is waiting" in visitor.open("/").text
    answer = visitor.fill(page, "challenge-submit", code=visitor.code())
    assert visitor.back(answer).headers["location"] == "/transfer/done"
    assert visitor.back(answer).status_code == 400
    assert visitor.bank.post("/transfer/waiting", data={"choice": "continue"}).headers["location"] == "/"
    assert "€ 2,474.50" in visitor.open("/").text


def test_bank_needs_no_second_step_within_five_minutes(visitor: Visitor) -> None:
    """A token that is strong and fresh is taken as it is."""
    visitor.sign_in("bob")
    page = visitor.at_provider(visitor.transfer().headers["location"])
    visitor.back(visitor.fill(page, "challenge-submit", code=visitor.code()))
    assert visitor.transfer("Erik", "1").headers["location"] == "/transfer/done"
    assert "Fresh enough for another transfer until" in visitor.open("/transfer/done").text


def test_bank_offers_a_transfer_that_was_called_off_again(visitor: Visitor) -> None:
    """Who calls it off is not signed out; the transfer waits to be confirmed or forgotten."""
    visitor.sign_in("bob")
    for error in ("access_denied", "login_required", "unmet_authentication_requirements"):
        sent = visitor.transfer().headers["location"]
        state = parse_qs(urlsplit(sent).query)["state"][0]
        told = visitor.open(f"/callback?error={error}&state={state}&iss={visitor.place.issuer}")
        assert error in told.text
        assert 'id="next-step"' in told.text
        assert "A transfer is waiting" in told.text
    again = visitor.bank.post("/transfer/waiting", data={"choice": "continue"})
    assert again.headers["location"].startswith(f"{visitor.place.issuer}/authorize?")
    assert visitor.bank.post("/transfer/waiting", data={"choice": "forget"}).headers["location"] == "/"
    assert "A transfer is waiting" not in visitor.open("/").text


def test_bank_sends_nobody_in_circles(visitor: Visitor) -> None:
    """When the API refuses what the provider calls enough, the visitor reads so and is not sent round again."""
    visitor.sign_in("bob")
    weak = visitor.kept()["tokens"]["access_token"]
    page = visitor.at_provider(visitor.transfer().headers["location"])
    visitor.back(visitor.fill(page, "challenge-submit", code=visitor.code()))
    asked = visitor.transfer("Erik", "1")
    assert asked.headers["location"] == "/transfer/done"
    visitor.kept()["tokens"]["access_token"] = weak
    first = visitor.transfer("Erik", "2")
    assert first.headers["location"].startswith(f"{visitor.place.issuer}/authorize?")
    visitor.kept()["tokens"]["access_token"] = weak
    second = visitor.bank.post("/transfer/waiting", data={"choice": "continue"})
    assert second.status_code == 403
    assert "asking again would not help" in second.text


def test_payments_api_says_what_it_takes(visitor: Visitor) -> None:
    """The API is at an address of its own: without a token 401, with a weak one what would do (RFC 9470 §3)."""
    assert visitor.bank.get("/payments/account").headers["WWW-Authenticate"] == "Bearer"
    visitor.sign_in("bob")
    bearer = {"Authorization": f"Bearer {visitor.kept()['tokens']['access_token']}"}
    assert visitor.bank.get("/payments/account", headers=bearer).json == {"balance": 250000, "transfers": []}
    slip = {"id": "1", "to": "Dora", "cents": 5}
    told = visitor.bank.post("/payments/transfers", headers=bearer, json=slip)
    assert told.status_code == 401
    for said in ('error="insufficient_user_authentication"', 'acr_values="urn:idp:acr:mfa"', 'max_age="300"'):
        assert said in told.headers["WWW-Authenticate"]
    page = visitor.at_provider(visitor.transfer().headers["location"])
    visitor.back(visitor.fill(page, "challenge-submit", code=visitor.code()))
    bearer = {"Authorization": f"Bearer {visitor.kept()['tokens']['access_token']}"}
    for wrong in ({}, slip | {"cents": True}, slip | {"cents": -1}, slip | {"to": ""}, slip | {"more": 1}):
        assert visitor.bank.post("/payments/transfers", headers=bearer, json=wrong).status_code == 400
    assert visitor.bank.post("/payments/transfers", headers=bearer, json=slip | {"cents": 10**7}).status_code == 409
    for _ in range(2):
        assert visitor.bank.post("/payments/transfers", headers=bearer, json=slip).status_code == 201
    account = visitor.bank.get("/payments/account", headers=bearer).json
    assert account is not None
    assert account["balance"] == 250000 - 2550 - 5


def test_bank_can_ask_for_somebody_else(visitor: Visitor) -> None:
    """`again` asks for a new sign-in, `hint` names who."""
    asked = parse_qs(urlsplit(visitor.open("/sign-in?again=1&hint=bob").headers["location"]).query)
    assert (asked["prompt"], asked["login_hint"]) == (["login"], ["bob"])


def test_bank_puts_nothing_into_its_cookie(visitor: Visitor) -> None:
    """The cookie is a random name, another one after signing in; attempts that nobody finished do not pile up."""
    for _ in range(20):
        visitor.open("/sign-in")
    assert len(visitor.kept()) <= 3
    before = visitor.cookie()
    visitor.sign_in("bob")
    assert len(before) == len(visitor.cookie()) == 43
    assert visitor.cookie() != before


def test_bank_says_when_the_provider_is_away(visitor: Visitor, provider) -> None:
    """A provider that does not answer is told as that."""
    provider.server_close()
    provider.shutdown()
    told = visitor.open("/sign-in")
    assert told.status_code == 502
    assert "does not answer" in told.text


def test_phone_takes_the_key_of_a_new_account(visitor: Visitor) -> None:
    """Who sets up an app types its key in and has its codes from then on; what is no key is told so."""
    for key, name in [
        ("not a key!", "alice"),
        ("AAAA", "alice"),
        ("JBSWY3DPEHPK3PXP", "alice"),
        ("JBSWY3DPEHPK3PXPJBSWY3DP", "<b>"),
    ]:
        told = visitor.bank.post("/authenticator", data={"name": name, "key": key})
        assert told.status_code == 422
        assert 'id="key-wrong"' in told.text
    kept = visitor.bank.post("/authenticator", data={"name": "alice", "key": "jbsw y3dp ehpk 3pxp jbsw y3dp"})
    assert kept.headers["location"] == "/authenticator"
    page = visitor.open("/authenticator").text
    assert pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DP").at(datetime.now(UTC)) in page
    assert "code-alice" in page


def test_workshop_shows_codes_and_the_outbox(visitor: Visitor) -> None:
    """The authenticator page plays everybody's phone and says that it is a demo's; the outbox is readable twice."""
    page = visitor.open("/authenticator")
    assert visitor.code() in page.text
    assert "Demo only" in page.text
    assert 1 <= int(page.headers["Refresh"]) <= 30
    assert "Nothing has been sent yet" in visitor.open("/outbox").text
    assert visitor.open("/outbox.json").json == []


def _password(visitor: Visitor, name: str) -> str:
    return str(seed.read(visitor.place)["people"][name]["password"])
