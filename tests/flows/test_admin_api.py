"""The admin API: what the console does, for programs, by the same rules (A5)."""

import json

import pytest

from idp.records.delivery import store as outbox
from idp.records.risks import store as risks
from idp.risk.model import Term
from tests.delivery.kit import a_notice, found, put
from tests.support.admin_api import Api, administrator, robot
from tests.support.afterwards import offline, refresh
from tests.support.builders import an_assessment
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

RULE = """
  - id: shop-second-step
    scope: {clients: [shop]}
    if: {user.reach: {at_least: urn:idp:acr:mfa}}
    require: {acr: urn:idp:acr:mfa}
    reason: second_step
"""
TEST = """
  - name: whoever has a second factor gives it at the shop
    given: {client: shop, enrolled: [password, totp], evidence: [{factor: password, age: 1m}]}
    expect: {outcome: challenge, options: [[totp]], because: [shop-second-step]}
"""


@pytest.fixture
def api(provider: Provider) -> Api:
    """The API in the hands of a client that may everything a client may."""
    return robot(provider)


@pytest.fixture
def owner(provider: Provider) -> Api:
    """The API in the hands of an owner who has just proved it."""
    return administrator(provider, "owner")


def test_people_come_in_pages(api: Api) -> None:
    """Each once, in the order of their usernames, however small the pages; a search narrows it."""
    found, cursor = [], ""
    while True:
        page = api.get("/people", limit=1, cursor=cursor)
        found += [each["username"] for each in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert found == ["alice", "bob", "carol"]
    assert [each["username"] for each in api.get("/people", q="CAR")["items"]] == ["carol"]
    assert api.get("/people", q="nobody") == {"items": [], "next": ""}


def test_person_is_added_and_begins_with_a_ticket(provider: Provider, api: Api, bank: RelyingParty) -> None:
    """Nobody picks a secret for another: a ticket is drawn, and its link opens the page to begin on (ENR-26)."""
    zoe = api.do("POST", "/people", {"username": "zoe", "email": "zoe@example.com", "groups": ["staff"]})
    assert (zoe["email_verified"], zoe["groups"]) == (False, ["staff"])
    drawn = api.do("POST", f"/people/{zoe['id']}/ticket")
    page = provider.browser().open(drawn["url"].partition("#")[0])
    assert page.status == 200
    assert drawn["ticket"] in drawn["url"]
    taken = api.call("POST", "/people", {"username": "ZOE", "email": "ALICE@example.com"})
    assert taken.status == 422
    assert {each["field"] for each in taken.json()["errors"]} == {"username", "email"}


def test_person_is_changed_as_they_were_read(api: Api, bob: Person) -> None:
    """428 without If-Match, 412 for another state; what is left out stays."""
    path, change = f"/people/{bob.id}", {"groups": ["staff"]}
    assert api.call("PATCH", path, change).status == 428
    tag = api.tag(path)
    changed = api.do("PATCH", path, change, If_Match=tag)
    assert (changed["groups"], changed["display_name"]) == (["staff"], "Bob")
    assert api.call("PATCH", path, {"groups": []}, If_Match=tag).status == 412
    assert api.get(path)["person"]["groups"] == ["staff"]
    assert api.call("PATCH", path, {"display_name": "a\tb"}, If_Match=api.tag(path)).status == 422


def test_person_is_helped(provider: Provider, api: Api, bob: Person, bank: RelyingParty) -> None:
    """Sessions end, attempts are forgotten, factors are taken, people are shut out and let in: as in the console."""
    browser = provider.browser()
    provider.sign_in(browser, bank, bob, acr_values="urn:idp:acr:mfa")
    path = f"/people/{bob.id}"
    card = api.get(path)
    assert {each["factor"] for each in card["methods"]} == {"password", "totp"}
    assert (len(card["sessions"]), len(card["decisions"])) == (1, 1)
    assert bob.totp_secret not in str(card)
    api.do("POST", f"{path}/end-sessions")
    assert api.get(path)["sessions"] == []
    other = provider.browser()
    bob.identify(other, other.open(bank.attempt().url), password="wrong")
    assert api.get(path)["locks"][0]["failures"] == 1
    api.do("POST", f"{path}/unlock")
    assert api.get(path)["locks"] == []
    code = api.do("POST", f"{path}/temporary-code")
    assert code["code"]
    assert code["expires_in"] > 0
    api.do("POST", f"{path}/reset-factors")
    assert [each["factor"] for each in api.get(path)["methods"]] == ["password"]
    api.do("POST", f"{path}/disable")
    assert api.get(path)["person"]["disabled_at"]
    api.do("POST", f"{path}/enable")
    assert api.get(path)["person"]["disabled_at"] is None
    told = {each["name"] for each in api.get("/audit", person=bob.id, limit=200)["items"]}
    assert told >= {
        "user.sessions.ended", "user.unlocked", "temporary_code.issued", "user.factors.reset", "user.disabled",
        "user.enabled",
    }  # fmt: skip


def test_application_lives_and_ends(provider: Provider, api: Api) -> None:
    """Registered with a secret that is shown once, changed and given another as it was read, stopped, removed."""
    made = api.do("POST", "/clients", {"client_name": "Shop", "redirect_uris": ["https://shop.example/cb"]})
    assert made["client_secret"]
    path = f"/clients/{made['application']['client_id']}"
    assert api.call("PATCH", path, {"client_name": "Store"}).status == 428
    assert api.call("PATCH", path, {"client_name": "Store"}, If_Match='"0"').status == 412
    tag = api.tag(path)
    assert api.do("PATCH", path, {"client_name": "Store"}, If_Match=tag)["client_name"] == "Store"
    assert api.call("PATCH", path, {"client_name": "Late"}, If_Match=tag).status == 412
    held = api.do("PATCH", path, {"require_pushed_authorization_requests": True}, If_Match=api.tag(path))
    assert held["metadata"]["require_pushed_authorization_requests"] is True
    wrong = api.call("PATCH", path, {"redirect_uris": ["http://elsewhere.example/cb"]}, If_Match=api.tag(path))
    assert (wrong.status, wrong.json()["errors"][0]["field"]) == (422, "redirect_uris")
    other = api.do("POST", f"{path}/secret", If_Match=api.tag(path))["client_secret"]
    assert other not in {"", made["client_secret"]}
    assert api.do("POST", f"{path}/disable", If_Match=api.tag(path))["disabled_at"]
    assert api.do("POST", f"{path}/enable", If_Match=api.tag(path))["disabled_at"] is None
    shown = api.call("GET", path).text
    assert other not in shown
    assert 'client_secret"' not in shown
    api.do("DELETE", path, If_Match=api.tag(path))
    assert api.call("GET", path).status == 404
    public = {"token_endpoint_auth_method": "none", "redirect_uris": ["https://app.example/cb"]}
    bare = api.do("POST", "/clients", public)
    assert bare["client_secret"] is None
    path = f"/clients/{bare['application']['client_id']}"
    assert api.call("POST", f"{path}/secret", If_Match=api.tag(path)).status == 409


def written(draft: dict[str, str]) -> str:
    """Return a draft's text with one more rule, and its test."""
    return draft["text"].replace("\nrules:\n", f"\nrules:{RULE}", 1).replace("\ntests:\n", f"\ntests:{TEST}", 1)


def test_policy_goes_from_draft_to_live_and_back(
    provider: Provider, owner: Api, bob: Person, shop: RelyingParty
) -> None:
    """Begun, edited, checked, simulated, replayed, published; then it decides, is explained, and is taken back."""
    provider.sign_in(provider.browser(), shop, bob)
    provider.advance(1)
    draft = owner.do("POST", "/policies/drafts", {})
    path = f"/policies/drafts/{draft['id']}"
    owner.do("PUT", path, {"text": draft["text"].replace("rules:", "rulez:", 1)}, If_Match='"1"')
    assert owner.get(f"{path}/check")["problems"][0]["line"] > 0
    refused = owner.call("POST", f"{path}/publish", {}, If_Match='"2"')
    assert (refused.status, "rulez" in refused.text) == (422, True)
    owner.do("PUT", path, {"text": written(draft)}, If_Match='"2"')
    assert owner.call("PUT", path, {"text": "late"}, If_Match='"2"').status == 412
    reading = owner.get(f"{path}/check")
    assert (reading["loads"], reading["problems"], reading["checked"]["problems"]) == (True, [], [])
    assert [each["direction"] for each in reading["checked"]["changes"] if "shop" in each["text"]] == ["stricter"]
    assert all(each["passed"] for each in reading["tests"])
    supposed = {"who": "bob", "client": "shop", "proofs": [{"factor": "password", "age": 60}]}
    assert owner.do("POST", "/policies/simulations", supposed)["outcome"] == "allow"
    asked = owner.do("POST", "/policies/simulations", {**supposed, "draft": draft["id"]})
    assert (asked["outcome"], asked["options"], asked["because"]) == ("challenge", [["totp"]], ["shop-second-step"])
    asked = owner.do("POST", f"{path}/replays", {"days": 7})
    assert (asked["state"], provider.replay()) == ("waiting", 1)
    tally = owner.get(f"/policies/replays/{asked['id']}")
    assert (tally["state"], tally["effects"]) == ("done", [{"effect": "challenged", "name": "", "count": 1}])
    assert tally["rules"] == [{"effect": "challenged", "name": "shop-second-step", "count": 1}]
    (example,) = tally["examples"]
    assert (example["user_id"], example["client_id"], example["outcome"]) == (bob.id, "shop", "finish")
    (decided,) = [each for each in owner.get("/decisions", client="shop")["items"] if each["id"] == example["decision"]]
    assert example["at"] == decided["at"]
    done = owner.do("POST", f"{path}/publish", {"note": "the shop too"}, If_Match='"3"')
    assert done["outcome"] == "published"
    assert owner.get("/policies/live")["version"] == done["version"]
    assert provider.sign_in(provider.browser(), shop, bob).amr == {"pwd", "otp", "mfa"}
    decision = owner.get("/decisions", client="shop", person=bob.id)["items"][0]
    why = owner.get(f"/decisions/{decision['id']}")["why"]
    assert any(each["rule"] == "shop-second-step" and each["fired"] for each in why["rules"])
    assert owner.get(f"/policies/versions/{done['version']}")["text"] == written(draft)
    provider.advance(1)
    assert owner.do("POST", "/policies/rollback", {"note": "too much"})["version"] == done["replaced"]
    assert [each["change"] for each in owner.get("/policies/publications")["items"]] == ["rolled_back", "published"]


def test_policy_is_not_published_over_another(provider: Provider, owner: Api) -> None:
    """409 and who was first; taken up, it is compared with what is live now."""
    first, second = (owner.do("POST", "/policies/drafts", {}) for _ in range(2))
    for draft in (first, second):
        owner.do("PUT", f"/policies/drafts/{draft['id']}", {"text": written(draft)}, If_Match='"1"')
    owner.do("PUT", f"/policies/drafts/{second['id']}", {"text": written(second) + "# more\n"}, If_Match='"2"')
    owner.do("POST", f"/policies/drafts/{first['id']}/publish", {}, If_Match='"2"')
    path = f"/policies/drafts/{second['id']}"
    assert owner.do("POST", f"{path}/publish", {}, If_Match='"3"')["outcome"] == "unchanged"
    longer = written(second).replace("5m", "4m", 1)
    owner.do("PUT", path, {"text": longer}, If_Match='"3"')
    stale = owner.call("POST", f"{path}/publish", {}, If_Match='"4"')
    assert (stale.status, stale.json()["type"]) == (409, "urn:idp:problem:stale")
    owner.do("POST", f"{path}/take-up", If_Match='"4"')
    assert owner.get(path)["parent"] == owner.get("/policies/live")["version"]
    owner.do("DELETE", path, If_Match='"5"')
    assert owner.get("/policies/drafts")["items"] == []


def test_shadow_and_canary_are_started_and_ended(
    provider: Provider, owner: Api, bob: Person, shop: RelyingParty
) -> None:
    """A shadow counts what it would change; a canary decides for a group; either ends."""
    draft = owner.do("POST", "/policies/drafts", {})
    path = f"/policies/drafts/{draft['id']}"
    owner.do("PUT", path, {"text": written(draft)}, If_Match='"1"')
    assert owner.do("POST", f"{path}/shadow", If_Match='"2"')["outcome"] == "started"
    provider.sign_in(provider.browser(), shop, bob)
    found = owner.get("/policies/shadow")
    assert (found["compared"], found["differing"]) == (1, [{"effect": "challenged", "client": "shop", "count": 1}])
    owner.do("DELETE", "/policies/shadow")
    assert owner.call("DELETE", "/policies/shadow").status == 404
    assert owner.call("POST", f"{path}/canary", {"share": 10, "group": "x"}, If_Match='"2"').status == 422
    owner.do("POST", f"{path}/canary", {"group": "testers"}, If_Match='"2"')
    assert [(each["kind"], each["group"]) for each in owner.get("/policies/live")["beside"]] == [("canary", "testers")]
    owner.do("DELETE", "/policies/canary")


def test_text_is_linted(api: Api) -> None:
    """Each mistake with its line; a good text says how its tests went."""
    text = api.get("/policies/live")["text"]
    good = api.do("POST", "/policies/lint", {"text": text})
    assert (good["loads"], good["errors"], len(good["tests"]) > 5) == (True, [], True)
    bad = api.do("POST", "/policies/lint", {"text": text.replace("require:", "requires:", 1)})
    assert (bad["loads"], bad["errors"][0]["line"] > 0) == (False, True)


def test_trail_is_followed_without_a_gap(provider: Provider, api: Api, bob: Person, bank: RelyingParty) -> None:
    """Whoever remembers the last seal gets each event once, in order; nothing that is not sealed yet."""
    assert api.call("GET", "/audit/stream").text == ""
    provider.sign_in(provider.browser(), bank, bob)
    provider.seal()
    first = api.call("GET", "/audit/stream?limit=2")
    assert first.header("content-type") == "application/jsonl"
    seals = [json.loads(line)["seal"] for line in first.text.splitlines()]
    rest = [json.loads(line) for line in api.call("GET", f"/audit/stream?after={seals[-1]}").text.splitlines()]
    assert [*seals, *(each["seal"] for each in rest)] == list(range(1, len(rest) + 3))
    assert api.get("/audit/check")["holds"]
    ids = [each["id"] for each in api.get("/audit", limit=200)["items"]]
    paged = api.get("/audit", limit=1)
    assert [paged["items"][0]["id"], api.get("/audit", limit=1, cursor=paged["next"])["items"][0]["id"]] == ids[:2]


def test_installation_is_looked_at(provider: Provider, owner: Api, bob: Person, bank: RelyingParty) -> None:
    """Figures, settings without secrets, keys and their rotation."""
    provider.sign_in(provider.browser(), bank, bob)
    assert owner.get("/overview")["sign_ins"] > 0
    settings = owner.get("/settings")
    assert settings["IDP_SECRET_KEYS"] == "••••"
    assert owner.call("POST", "/keys/rotate", {"alg": "HS256"}).status == 404
    before = {each["kid"]: each["state"] for each in owner.get("/keys")}
    after = {each["kid"]: each["state"] for each in owner.do("POST", "/keys/rotate", {"alg": "ES256"})}
    changed = {(before[kid], after[kid]) for kid in before if before[kid] != after[kid]}
    assert changed == {("current", "previous"), ("next", "current")}
    early = owner.call("POST", "/keys/rotate", {"alg": "ES256"})
    assert (early.status, early.json()["type"]) == (409, "urn:idp:problem:too_early")
    gone = next(kid for kid in before if after[kid] == "previous")
    assert {each["kid"]: each["state"] for each in owner.do("POST", f"/keys/{gone}/retire")}[gone] == "retired"


@pytest.mark.parametrize("role", ["auditor", "owner"])
def test_risk_is_looked_at(provider: Provider, role: str) -> None:
    """What the page shows, in numbers; other shares are tried on the past, and nothing is changed by asking."""
    api = administrator(provider, role)
    with provider.database.transaction() as tx:
        risks.add(tx, an_assessment("past", at=provider.clock.now(), percentile=94.0, terms=(Term("agent_new", 0.9),)))
    live = {"challenge": 5.0, "high": 0.5}
    found = api.get("/risk")
    assert (found["days"], found["live"], found["tried"], found["is_partial"]) == (30, live, live, False)
    assert {each["name"]: each["percentile"] for each in found["bands"]}["challenge"] == pytest.approx(95)
    assert sum(each["sign_ins"] for each in found["bands"]) == found["total"] > 0
    assert {each["name"]: each["health"] for each in found["inputs"]}["city"] == "absent"
    tried = api.get("/risk", challenge=10)
    assert (tried["tried"], tried["change"]["more"]) == ({"challenge": 10.0, "high": 0.5}, found["change"]["more"] + 1)
    assert api.get("/risk") == found
    for query, status, field in (
        ("challenge=0.1", 422, "high"),
        ("challenge=51", 400, "challenge"),
        ("high=nan", 400, "high"),
        ("high=-1", 400, "high"),
        ("share=5", 400, "share"),
    ):
        refused = api.call("GET", f"/risk?{query}")
        assert (refused.status, refused.json()["errors"][0]["field"]) == (status, field)


def test_risk_takes_the_scope_of_a_look(provider: Provider) -> None:
    """A token for people alone is not enough; without one nothing is told."""
    assert robot(provider, "admin.people").call("GET", "/risk").status == 403
    assert robot(provider, "admin.console", client_id="looker").call("GET", "/risk").status == 200
    assert Api(provider.transport, provider.issuer, "").call("GET", "/risk").status == 401


def test_message_is_tried_again(provider: Provider, api: Api, bob: Person, bank: RelyingParty) -> None:
    """Only what was given up; texts are never shown."""
    provider.sign_in(provider.browser(), bank, bob)
    api.do("POST", f"/people/{bob.id}/reset-factors")
    messages = api.get("/delivery/messages", state="waiting")["items"]
    assert messages
    assert "text" not in messages[0]
    assert api.call("POST", f"/delivery/messages/{messages[0]['id']}/retry").status == 409
    assert api.call("POST", "/delivery/messages/nothing/retry").status == 404


def test_message_is_let_go(provider: Provider, api: Api) -> None:
    """What was given up loses its text, once; what waits keeps it."""
    notice, now = a_notice(), provider.clock.now()
    put(provider.database, notice)
    path = f"/delivery/messages/{notice.id}"
    assert api.call("POST", f"{path}/let-go").status == 409
    with provider.database.transaction() as tx:
        claimed = outbox.claim(tx, notice.id, seen=0, now=now, until=now)
        assert claimed is not None
        assert outbox.bury(tx, claimed, now=now, reason="recipient_550", is_kept=True)
    api.do("POST", f"{path}/let-go")
    assert found(provider.database, notice).text == ""
    for verb in ("let-go", "retry"):
        assert api.call("POST", f"{path}/{verb}").status == 409
    assert api.call("POST", "/delivery/messages/nothing/let-go").status == 404


def test_second_try_is_answered_as_the_first(provider: Provider, api: Api) -> None:
    """Idempotency-Key: done once, answered alike, refused for another call; a day later it is free."""
    body = {"client_name": "Shop", "redirect_uris": ["https://shop.example/cb"]}
    first, second = (api.call("POST", "/clients", body, Idempotency_Key="k1") for _ in range(2))
    assert (first.status, first.text, first.header("etag")) == (201, second.text, second.header("etag"))
    assert api.call("POST", "/clients", {**body, "client_name": "Other"}, Idempotency_Key="k1").status == 422
    assert api.call("POST", "/people", {"username": "zoe"}, Idempotency_Key="x" * 256).status == 400
    assert first.json()["client_secret"] not in provider.dump()
    provider.advance(86_401)
    api = robot(provider)
    again = api.do("POST", "/clients", body, Idempotency_Key="k1")
    assert again["application"]["client_id"] != first.json()["application"]["client_id"]
    failed = api.call("POST", "/clients", {"client_name": "Shop"}, Idempotency_Key="k2")
    assert failed.status == 422
    assert api.call("POST", "/clients", body, Idempotency_Key="k2").status == 201


def test_what_is_no_operation_says_so_in_json(api: Api) -> None:
    """404 and 405 are problem details too, the second with what there is."""
    nothing, wrong = api.call("GET", "/nothing"), api.call("PUT", "/people")
    assert (nothing.status, wrong.status, wrong.header("allow")) == (404, 405, "GET, POST")
    assert {nothing.header("content-type"), wrong.header("content-type")} == {"application/problem+json"}


def test_malformed_calls_name_the_field(api: Api) -> None:
    """RFC 9457: what is wrong and where, quoting nothing that was sent."""
    for body, field in (
        ({"usernam": "x"}, "usernam"),
        ({}, "username"),
        ({"username": 5}, "username"),
        ({"username": "x", "groups": "y"}, "groups"),
        ({"username": "x", "groups": ["y", 5]}, "groups[1]"),
    ):
        refused = api.call("POST", "/people", body)
        assert (refused.status, refused.json()["errors"][0]["field"]) == (400, field)
    assert api.call("POST", "/people", b"{", Content_Type="application/json").status == 400
    assert api.call("POST", "/people", b"username=x", Content_Type="text/plain").status == 415
    assert api.call("GET", "/people?limit=0").json()["errors"][0]["field"] == "limit"
    assert api.call("GET", "/people?sort=password_hash").status == 400


DENIED = """
  - {id: not-bob, scope: {clients: [bank]}, if: {user.age: {ge: 0s}}, deny: region_not_served}
"""
ITS_TEST = """
  - name: nobody at the bank
    given: {client: bank, enrolled: [password], evidence: [{factor: password}], facts: {user.age: 1h}}
    expect: {outcome: deny, reason: region_not_served, because: [not-bob]}
"""


def test_denied_refresh_is_explained(provider: Provider, api: Api, owner: Api, bob: Person, bank: RelyingParty) -> None:
    """One decision of the gate `token`, with the rule that denied; a refresh that goes on leaves none."""
    tokens = offline(provider, provider.browser(), bank, bob)
    fine = refresh(bank, tokens.reply["refresh_token"]).json()
    assert {each["gate"] for each in api.get("/decisions", person=bob.id)["items"]} == {"authorize"}
    draft = owner.do("POST", "/policies/drafts", {})
    text = draft["text"].replace("\nrules:\n", f"\nrules:{DENIED}", 1).replace("\ntests:\n", f"\ntests:{ITS_TEST}", 1)
    owner.do("PUT", f"/policies/drafts/{draft['id']}", {"text": text}, If_Match='"1"')
    owner.do("POST", f"/policies/drafts/{draft['id']}/publish", {}, If_Match='"2"')
    with provider.no_token_issued():
        assert refresh(bank, fine["refresh_token"]).status == 400
    (denied,) = [each for each in api.get("/decisions", person=bob.id)["items"] if each["gate"] == "token"]
    assert (denied["outcome"], denied["reasons"], denied["client"]) == ("deny", ["region_not_served"], "bank")
    why = api.get(f"/decisions/{denied['id']}")["why"]
    assert (why["outcome"], why["reason"]) == ("deny", "region_not_served")
    assert [each["rule"] for each in why["rules"] if each["fired"]] == ["not-bob"]
    assert api.get("/audit", name="refresh_token.denied")["items"][0]["decision"] == denied["id"]
