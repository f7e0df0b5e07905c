"""The bank against the real provider: what a careful relying party does, and what its visitors see."""

from urllib.parse import parse_qs, urlsplit

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


def test_bank_forgets_who_signs_out(visitor: Visitor) -> None:
    """Signing out is the bank's own; signing in again may ask for nothing."""
    visitor.sign_in("bob")
    assert "acr" in visitor.open("/account").text
    assert visitor.bank.post("/sign-out").headers["location"] == "/signed-out"
    assert "You have left the bank" in visitor.open("/signed-out").text
    assert "Welcome" in visitor.open("/").text
    again = visitor.at_provider(visitor.open("/sign-in").headers["location"])
    assert visitor.back(again).headers["location"] == "/"


def test_bank_can_ask_for_somebody_else(visitor: Visitor) -> None:
    """`again` asks for a new sign-in, `hint` names who."""
    asked = parse_qs(urlsplit(visitor.open("/sign-in?again=1&hint=bob").headers["location"]).query)
    assert (asked["prompt"], asked["login_hint"]) == (["login"], ["bob"])


def test_bank_keeps_its_cookie_small(visitor: Visitor) -> None:
    """Sign-ins that nobody finished do not pile up."""
    for _ in range(20):
        visitor.open("/sign-in")
    cookie = visitor.bank.get_cookie(f"bank_{visitor.place.rp_port}")
    assert cookie is not None
    assert len(cookie.value) < 3000


def test_bank_says_when_the_provider_is_away(visitor: Visitor, provider) -> None:
    """A provider that does not answer is told as that."""
    provider.server_close()
    provider.shutdown()
    told = visitor.open("/sign-in")
    assert told.status_code == 502
    assert "does not answer" in told.text


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
