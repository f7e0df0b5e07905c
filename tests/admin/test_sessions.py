"""All sessions: looked through and ended, on the page and through the API, by rank and with a fresh proof."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from idp.records.audit import store as audit
from idp.records.sessions import store as sessions
from idp.records.sessions.finding import store as finding
from idp.records.sessions.finding.model import Wanted
from idp.records.users import store as users
from tests.admin.conftest import staff
from tests.support.admin_api import administrator, robot
from tests.support.browser import Browser, Page
from tests.support.builders import a_session, a_user
from tests.support.person import Person
from tests.support.provider import Provider

PATH = "/admin/sessions"


def crowd(provider: Provider, count: int, *, idle: Callable[[int], int] = lambda _number: 0) -> None:
    """Let as many people be signed in, each a minute after the one before; last used so many minutes ago."""
    now = provider.clock.now()
    with provider.database.transaction() as tx:
        for number in range(count):
            user = a_user(f"person{number:02}")
            users.add(tx, user)
            at = now - timedelta(minutes=count - number)
            changes = {
                "created_at": at,
                "seen_at": now - timedelta(minutes=idle(number)),
                "expires_at": now + timedelta(hours=1),
            }
            sessions.add(
                tx, a_session(user, address=f"198.51.100.{number % 2}", user_agent=f"Agent {number}", **changes)
            )


def names(page: Page) -> list[str]:
    """Return who is listed, in the order of the page."""
    return [word for word in page.document.text_in("sessions").split() if re.fullmatch(r"person\d\d", word)]


def token_of(page: Page) -> str:
    entries = (entry for form in page.document.forms for entry in form.entries({}, None))
    return next(value for name, value in entries if name == "csrf_token")


def test_sessions_are_looked_through(provider: Provider, owner: Browser, bob: Person) -> None:
    """Newest first or oldest first, 25 a page, by person, application and address; what is over is not shown."""
    crowd(provider, 30)
    first = owner.get(f"{PATH}?address=")
    assert names(first)[:3] == ["person29", "person28", "person27"]
    assert len(names(first)) == 24, "and the owner's own"
    assert "You, here" in first.document.text
    second = owner.get(PATH + first.document.link("next-page"))
    assert names(second) == [f"person{number:02}" for number in range(5, -1, -1)]
    assert not second.has("next-page")
    oldest = owner.get(f"{PATH}?order=asc")
    assert names(oldest)[:2] == ["person00", "person01"]
    assert names(owner.get(PATH + oldest.document.link("next-page")))[0] == "person25"
    assert set(names(owner.get(f"{PATH}?address=198.51.100.1"))) == {f"person{number:02}" for number in range(1, 30, 2)}
    assert names(owner.get(f"{PATH}?person=PERSON07")) == ["person07"]
    provider.sign_in(provider.browser(), provider.bank, bob)
    used = owner.get(f"{PATH}?client=bank")
    assert (names(used), "bob" in used.document.text) == ([], True)
    assert "Nobody is called that" in owner.get(f"{PATH}?person=nobody").document.text
    assert "Nobody is signed in like that" in owner.get(f"{PATH}?client=none&address=x").document.text
    provider.advance(3601)
    assert names(owner.get(PATH)) == []


def test_sessions_are_found_by_an_applications_name(provider: Provider, owner: Browser, bob: Person) -> None:
    """On every page of the list and in the API, beside a person; a name that two have names neither, an id is an id."""
    provider.add_client("till", client_name="Corner Shop")
    provider.add_client("decoy", client_name="till")
    provider.sign_in(provider.browser(), provider.parties["till"], bob)
    crowd(provider, 30)
    with provider.database.transaction() as tx:
        for session in finding.list_open(
            tx, Wanted(), now=provider.clock.now(), idle_since=provider.clock.now() - timedelta(hours=1), limit=99
        ):
            if session.user_agent.startswith("Agent"):
                sessions.note_client(tx, session.id, "till", provider.clock.now())
    for client in ("till", "Corner Shop"):
        page = owner.get(f"{PATH}?{urlencode({'client': client, 'person': 'bob'})}")
        assert page.document.text_in("sessions").count("bob") == 1
    first = owner.get(f"{PATH}?{urlencode({'client': 'Corner Shop'})}")
    second = owner.get(PATH + first.document.link("next-page"))
    shown = [each for page in (first, second) for each in page.document.ids if each.startswith("end-")]
    assert len([each for each in shown if each != "end-sessions"]) == len(set(shown)) == 31
    told = robot(provider).get("/sessions", client="Corner Shop", limit=50)
    assert {each["clients"][0] for each in told["items"]} == {"till"}
    provider.add_client("twin", client_name="Corner Shop")
    assert "Nobody is signed in like that" in owner.get(f"{PATH}?{urlencode({'client': 'Corner Shop'})}").document.text


@pytest.mark.parametrize("order", ["desc", "asc"])
def test_sessions_are_sorted_by_their_last_use(provider: Provider, owner: Browser, order: str) -> None:
    """To the minute, over hours and pages, whenever they began; on the page, by its heads, and through the API."""
    idle = [number * 37 % 180 + 1 for number in range(30)]
    crowd(provider, 30, idle=idle.__getitem__)
    wanted = [f"person{number:02}" for number in sorted(range(30), key=idle.__getitem__, reverse=order == "asc")]
    page = owner.get(PATH + owner.get(f"{PATH}?address=").document.link("sort-seen_at"))
    if order == "asc":
        page = owner.get(PATH + page.document.link("sort-seen_at"))
    first, further = names(page), names(owner.get(PATH + page.document.link("next-page")))
    assert first + further == wanted
    api, found, cursor = robot(provider), [], ""
    while not found or cursor:
        told = api.get("/sessions", sort="seen_at", order=order, limit=7, **({"cursor": cursor} if cursor else {}))
        found += [each["username"] for each in told["items"] if each["username"].startswith("person")]
        cursor = told["next"]
    assert found == wanted
    assert names(owner.get(f"{PATH}?sort=seen_at&person=person07")) == ["person07"]


def test_a_session_moves_up_when_it_is_used(provider: Provider, owner: Browser, bob: Person) -> None:
    """Whoever was signed in before others and came back is above them, in the same hour and in the next."""
    theirs = provider.browser()
    provider.sign_in(theirs, provider.bank, bob)
    for seconds in (61, 3600):
        provider.advance(seconds)
        crowd_of = provider.add_person(f"person{seconds % 100:02}")
        provider.sign_in(provider.browser(), provider.bank, crowd_of)
        provider.advance(61)
        provider.code(theirs, provider.bank)
        listed = owner.get(f"{PATH}?sort=seen_at&client=bank").document.text_in("sessions")
        assert listed.index("bob") < listed.index(crowd_of.username)


@pytest.mark.parametrize(
    "query", ["at=x&id=y", "at=2026-11-26T00:00:00", "order=x&at=", "person=%25&client=%27", "id=" + "a" * 999]
)
def test_adm_16_odd_queries_are_text(shared_provider: Provider, query: str) -> None:
    """ADM-16: a place that is none of ours is the start, and whatever is typed is a text."""
    role = f"odd{abs(hash(query)) % 10**6}"
    person = shared_provider.add_person(role, has_totp=True, roles=("auditor",))
    browser = shared_provider.browser()
    person.answer(browser, browser.open("/admin/"), shared_provider.clock.now())
    assert browser.get(f"{PATH}?{query}").status == 200


def test_no_secret_of_a_session_is_shown(provider: Provider, owner: Browser, bob: Person) -> None:
    """Neither the cookie's secret nor its hash nor what was proved, on the page or in the API."""
    theirs = provider.browser()
    provider.sign_in(theirs, provider.bank, bob)
    hashes = provider.stored("sessions", "secret_hash")
    texts = owner.get(PATH).text + robot(provider).call("GET", "/sessions").text
    assert bob.username in texts
    assert not [each for each in hashes if each in texts]
    assert "credential" not in texts
    assert theirs.jar.get(provider.cookie("session")) not in texts


def test_one_session_is_ended(provider: Provider, owner: Browser, bob: Person) -> None:
    """The one browser is signed out, what was granted in it ends, the other stays; both pages have the button."""
    one, other = provider.browser(), provider.browser()
    tokens = provider.sign_in(one, provider.bank, bob)
    page = owner.get(f"{PATH}?person=bob")
    session_id = next(
        iter(provider.stored("sessions", "id") & {each.removeprefix("end-") for each in page.document.ids})
    )
    provider.advance(30)
    provider.sign_in(other, provider.bank, bob)
    page = owner.follow(owner.submit(page, button=f"end-{session_id}"))
    assert "That session is ended" in page.document.text
    assert f"end-{session_id}" not in page.document.ids
    assert one.open("/account/factors").has("login-submit")
    assert other.open("/account/factors").status == 200
    told = provider.bank.get("/userinfo", headers={"Authorization": f"Bearer {tokens.access_token}"})
    assert told.status == 401
    with provider.database.transaction() as tx:
        (event,) = [each for each in audit.list_events(tx, limit=50, name="session.ended") if "by" in each.details]
    assert (event.user_id, event.session_id) == (bob.id, session_id)
    card = owner.get(f"/admin/people/{bob.id}")
    (button,) = [each for each in card.document.ids if each.startswith("end-") and each != "end-sessions"]
    page = owner.follow(owner.submit(card, button=button))
    assert "That session is ended" in page.document.text
    assert other.open("/account/factors").has("login-submit")


def test_adm_02_ending_takes_a_fresh_proof(provider: Provider, bob: Person) -> None:
    """ADM-02: ten minutes after the last proof nothing ends; whoever proves themselves is back at what they listed."""
    browser, person = staff(provider, "owner")
    provider.sign_in(provider.browser(), provider.bank, bob)
    page = browser.get(f"{PATH}?person=bob&done=ended")
    (button,) = [each for each in page.document.ids if each.startswith("end-") and each != "end-sessions"]
    provider.advance(601)
    with provider.unchanged("sessions"):
        asked = browser.submit(page, button=button)
        assert "/login/" in asked.location
    back = person.answer(browser, browser.follow(asked), provider.clock.now())
    assert (back.status, back.url.endswith(f"{PATH}?person=bob")) == (200, True)


@pytest.mark.parametrize("role", ["auditor", "helpdesk", "admin"])
def test_adm_21_sessions_of_those_above_stay(provider: Provider, role: str) -> None:
    """ADM-21: neither an equal's nor an owner's session, nor one's own, is ended; an auditor ends nobody's."""
    browser, person = staff(provider, role)
    provider.advance(30)
    api = administrator(provider, role)
    peer = provider.add_person("peer", has_totp=True, roles=(role,))
    owner = provider.add_person("root", has_totp=True, roles=("owner",))
    people = (person, peer, owner, *((provider.people["alice"],) if role == "auditor" else ()))
    for each in people[1:]:
        provider.sign_in(provider.browser(), provider.bank, each)
    page = browser.get(PATH)
    assert not [each for each in page.document.ids if each.startswith("end-")]
    with provider.database.transaction() as tx:
        ids = [session.id for each in people for session in sessions.list_sessions(tx, each.id)]
    assert len(ids) >= len(people)
    for session_id in ids:
        posted = browser.post(PATH, {"csrf_token": token_of(page), "choice": f"end:{session_id}"})
        assert (posted.status, api.call("DELETE", f"/sessions/{session_id}").status) == (403, 403)
    with provider.database.transaction() as tx:
        assert all(session.ended_at is None for session_id in ids if (session := sessions.get(tx, session_id)))


def test_ses_05_forms_of_others_end_nothing(provider: Provider, owner: Browser, bob: Person) -> None:
    """SES-05: without this session's token nothing ends; a choice or a session that is none is 404."""
    provider.sign_in(provider.browser(), provider.bank, bob)
    page = owner.get(f"{PATH}?person=bob")
    (button,) = [each for each in page.document.ids if each.startswith("end-") and each != "end-sessions"]
    _, url, entries = owner.fill(page, {}, button=button)
    with provider.unchanged("sessions"):
        assert owner.post(url, [each for each in entries if each[0] != "csrf_token"]).status == 403
        for choice in ("end:nothing", "end", "raise:x", ""):
            assert owner.post(url, {"csrf_token": token_of(page), "choice": choice}).status == 404


def test_api_lists_and_ends(provider: Provider, bob: Person) -> None:
    """In pages, by person, client and address; ended once; what is gone is 404."""
    crowd(provider, 5)
    api, found, cursor = robot(provider), [], ""
    while True:
        page = api.get("/sessions", limit=2, **({"cursor": cursor} if cursor else {}))
        found += [each["username"] for each in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert found == [f"person{number:02}" for number in range(4, -1, -1)]
    theirs = provider.browser()
    provider.sign_in(theirs, provider.bank, bob)
    (mine,) = api.get("/sessions", client="bank")["items"]
    assert (mine["person"], mine["clients"]) == (bob.id, ["bank"])
    assert [each["id"] for each in api.get("/sessions", person="bob")["items"]] == [mine["id"]]
    assert api.get("/sessions", person="nobody")["items"] == []
    for naive in ("WyIyMDI2LTExLTI2VDAwOjAwOjAwIiwiIl0", "x"):
        for path in ("/sessions", "/decisions"):
            assert api.call("GET", f"{path}?cursor={naive}").status == 400
    assert api.call("DELETE", f"/sessions/{mine['id']}").status == 204
    assert api.get("/sessions", person="bob")["items"] == []
    assert theirs.open("/account/factors").has("login-submit")
    assert api.call("DELETE", "/sessions/nothing").status == 404


def test_pages_lead_to_each_other(provider: Provider, owner: Browser, bob: Person) -> None:
    """From a person to their sessions, decisions and events, from these to the person by name, and no further."""
    provider.sign_in(provider.browser(), provider.bank, bob, acr_values="urn:idp:acr:mfa")
    provider.sign_in(provider.browser(), provider.bank, provider.people["alice"])
    page = owner.get(f"/admin/people/{bob.id}")
    theirs = owner.get(page.document.link("decisions-of"))
    assert f"/admin/people/{bob.id}" in theirs.text
    assert "alice" not in theirs.document.text
    assert "bob" in owner.get(page.document.link("sessions-of")).document.text_in("sessions")
    for name in ("bob", bob.id):
        found = owner.get(f"/admin/audit?person={name}")
        assert f'<a href="/admin/people/{bob.id}">bob</a>' in found.text
        assert provider.people["alice"].id not in found.text
    assert "Nobody is called that" in owner.get("/admin/decisions?person=nobody").document.text
    impostor = provider.add_person(bob.id)
    assert impostor.id not in owner.get(f"/admin/audit?person={bob.id}").text, "an id is nobody's name"
