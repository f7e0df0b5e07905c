"""The console through the front door: who gets in, what they see, what they can do."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from idp.core.assurance import traits_table
from idp.policy.loader import load_text
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.devices.trusted import store as trusted
from idp.records.devices.trusted.model import TrustedDevice
from idp.records.users import store as users
from tests.admin.conftest import staff
from tests.policy.histories import a_history
from tests.support.browser import Browser, Page
from tests.support.builders import a_user
from tests.support.enrolment import address, bind, held
from tests.support.outbox import messages
from tests.support.past import remember
from tests.support.person import Person
from tests.support.provider import Provider

PAGES = (
    "/admin/",
    "/admin/people",
    "/admin/sessions",
    "/admin/clients",
    "/admin/decisions",
    "/admin/risk",
    "/admin/audit",
    "/admin/delivery",
    "/admin/keys",
    "/admin/settings",
)
MFA = "urn:idp:acr:mfa"
README = Path("README.md").read_text()


def token_of(page: Page) -> str:
    return next(value for name, value in page.document.forms[0].entries({}, None) if name == "csrf_token")


@pytest.mark.parametrize("role", ["auditor", "helpdesk", "admin", "owner"])
def test_console_shows_itself_to_every_role(provider: Provider, role: str) -> None:
    """Whoever has a role may look at everything, and sees buttons for what they may do."""
    browser, _ = staff(provider, role)
    for path in PAGES:
        assert browser.get(path).status == 200, path
    alice = browser.get(f"/admin/people/{provider.people['alice'].id}")
    assert alice.has("disable") is (role != "auditor")
    assert browser.get("/admin/clients/bank").has("save") is (role in ("admin", "owner"))
    assert browser.get("/admin/keys").has("rotate-ES256") is (role == "owner")


@pytest.mark.parametrize("path", [*PAGES, "/admin/audit.csv", "/admin/clients/new", "/admin/people/x"])
def test_console_is_closed_to_others(provider: Provider, bob: Person, path: str) -> None:
    """A stranger is asked to sign in; a person without a role is refused before anything more is asked of them."""
    stranger, browser = provider.browser(), provider.browser()
    assert stranger.open(path).has("login-submit")
    provider.sign_in(browser, provider.bank, bob)
    page = browser.get(path)
    assert (page.status, page.has("code")) == (403, False)


def test_console_wants_mfa_and_changes_a_fresh_proof(provider: Provider, alice: Person) -> None:
    """A password alone opens nothing; ten minutes later looking goes on, and a change asks again."""
    person = provider.add_person("ada", has_totp=True, roles=("owner",))
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, person)
    page = browser.open("/admin/people")
    assert page.has("challenge-submit")
    page = browser.follow(person.give_code(browser, page, person.code(provider.clock.now())))
    assert page.has("people")
    provider.advance(601)
    page = browser.get(f"/admin/people/{alice.id}")
    assert page.status == 200
    with provider.unchanged("audit_events"):
        asked = browser.submit(page, button="disable")
    assert "/login/" in asked.location
    assert provider.stored("users", "disabled_at") == {None}


def test_people_are_searched_sorted_and_paged(provider: Provider, owner: Browser) -> None:
    """Thirty people: pages of 25, found by name, username or address, in either order."""
    with provider.database.transaction() as tx:
        for number in range(30):
            users.add(tx, a_user(f"person{number:02}", display_name=f"Zed {number}", email=f"z{number}@example.org"))
    first = owner.get("/admin/people?q=person&sort=username")
    assert "30 people" in first.document.text
    assert "person24" in first.text
    assert "person25" not in first.text
    assert "person29" in owner.get(first.url.replace("sort=", "page=2&sort=")).text
    assert "person29" in owner.get("/admin/people?q=person&order=desc").text
    assert "1 person" in owner.get("/admin/people?q=z7@EXAMPLE").document.text
    for odd in ("%", "_", "\\", "' or 1=1 --", "a" * 300, "\u0000"):
        assert owner.get(f"/admin/people?q={odd!r}&sort=password&page=x").status in {200, 400}
    assert "Nobody is called that" in owner.get("/admin/people?q=%25").document.text


def test_person_is_helped(provider: Provider, owner: Browser, bob: Person) -> None:
    """Unlocked, signed out, their second steps removed (and told), shut out, let in: each at once."""
    bind(provider, bob, email=True)
    theirs = provider.browser()
    tokens = provider.sign_in(theirs, provider.bank, bob, acr_values=MFA)
    wrong = provider.browser()
    page = wrong.open(provider.bank.attempt().url)
    for number in range(10):
        if number >= 5:
            provider.have_patience()
        page = bob.identify(wrong, page, password="wrong")
    assert provider.failures("password", bob) == 10
    path = f"/admin/people/{bob.id}"
    assert "10 wrong passwords" in owner.get(path).document.text
    owner.follow(owner.submit(owner.get(path), button="unlock"))
    assert provider.failures("password", bob) == 0
    owner.follow(owner.submit(owner.get(path), button="reset-factors"))
    assert held(provider, bob, "totp") == []
    assert held(provider, bob, "password") != []
    assert theirs.open("/account/factors").has("login-submit"), "signed out"
    (notice,) = messages(provider.database, to=address(bob), purpose="notice")
    assert "removed" in notice.text
    page = owner.follow(owner.submit(owner.get(path), button="disable"))
    assert "is shut out" in page.document.text
    with provider.nothing_issued():
        refused = bob.identify(theirs, theirs.open(provider.bank.attempt().url))
    assert refused.status == 422
    told = provider.bank.get("/userinfo", headers={"Authorization": f"Bearer {tokens.access_token}"})
    assert told.status == 401
    owner.follow(owner.submit(owner.get(path), button="enable"))
    assert bob.identify(theirs, theirs.open(provider.bank.attempt().url)).status == 303
    names = provider.stored("audit_events", "name")
    assert {"user.unlocked", "user.factors.reset", "user.disabled", "user.enabled"} <= names


def test_adm_21_rank_is_kept(provider: Provider) -> None:
    """ADM-21: the helpdesk changes no administrator, nobody themselves, an auditor nobody, whatever is posted."""
    owner_id = provider.add_person("the-owner", has_totp=True, roles=("owner",)).id
    for role in ("auditor", "helpdesk", "admin"):
        browser, person = staff(provider, role)
        token = token_of(browser.get("/admin/keys"))
        for target in (owner_id, person.id):
            for choice in ("disable", "reset_factors", "end_sessions", "unlock", "enable"):
                answer = browser.post(f"/admin/people/{target}", {"csrf_token": token, "choice": choice})
                assert answer.status == 403, (role, choice)
        assert browser.post("/admin/keys", {"csrf_token": token, "choice": "rotate:ES256"}).status == 403
        if role != "admin":
            answer = browser.post("/admin/clients/bank", {"csrf_token": token, "choice": "disable", "version": "1"})
            assert answer.status == 403
    assert provider.stored("users", "disabled_at") == {None}
    assert provider.stored("clients", "disabled_at") == {None}


def test_ses_05_console_forms_of_others_are_refused(provider: Provider, owner: Browser, alice: Person) -> None:
    """SES-05: no form of the console works without this session's token, nor from another site with it."""
    page = owner.get(f"/admin/people/{alice.id}")
    _, url, entries = owner.fill(page, {}, button="disable")
    bare = [entry for entry in entries if entry[0] != "csrf_token"]
    assert owner.post(url, bare).status == 403
    cookies = owner.jar.header(url)
    assert owner.post(url, entries, site="https://evil.test", headers={"Cookie": cookies}).status == 403
    for path in ("/admin/clients/new", "/admin/clients/bank", "/admin/keys"):
        assert owner.post(path, {"choice": "save"}).status == 403
    assert provider.stored("users", "disabled_at") == {None}


def test_unknown_things_are_not_found(provider: Provider, owner: Browser, alice: Person) -> None:
    """Whatever does not exist is 404, and a choice that no form has too."""
    token = token_of(owner.get("/admin/keys"))
    for path in ("/admin/people/nobody", "/admin/clients/none", "/admin/decisions/none"):
        assert owner.get(path).status == 404
    for path, choice in (
        (f"/admin/people/{alice.id}", "promote"),
        ("/admin/people/nobody", "disable"),
        ("/admin/clients/none", "save"),
        ("/admin/clients/bank", "remove"),
        ("/admin/keys", "rotate:none"),
        ("/admin/keys", "retire:x"),
        ("/admin/keys", ""),
    ):
        assert owner.post(path, {"csrf_token": token, "choice": choice, "version": "1"}).status == 404, path


def test_client_is_registered_and_changed(provider: Provider, owner: Browser) -> None:
    """Mistakes are told by member and what was typed stays; the secret is shown once; a stale edit is 409."""
    page = owner.get("/admin/clients/new")
    wrong = {"client_name": "Shop", "redirect_uris": ["javascript:alert(1)"], "colour": "red"}
    with provider.unchanged("clients"):
        for text in (json.dumps(wrong), "{", "[]", "x" * 20_001):
            page = owner.submit(page, {"metadata": text}, button="register-submit")
            assert page.status == 422
    page = owner.submit(page, {"metadata": json.dumps(wrong)}, button="register-submit")
    assert "colour" in page.document.text
    assert "javascript:alert(1)" in page.document.text
    right = {"client_name": "Shop <b>", "redirect_uris": ["https://shop.test/cb"]}
    page = owner.submit(page, {"metadata": json.dumps(right)}, button="register-submit")
    secret = page.document.text_of("code")
    assert page.has("client-secret")
    assert "<b>" not in page.text
    assert "no-store" in page.header("cache-control")
    assert secret not in provider.dump()
    client_id = next(each for each in provider.stored("clients", "client_id") if len(each) == 32)
    path = f"/admin/clients/{client_id}"
    page = owner.get(path)
    assert not page.has("client-secret")
    changed = owner.follow(owner.submit(page, {"metadata": '{"client_name": "Shop 2"}'}, button="save"))
    assert "Saved." in changed.document.text
    stale = owner.submit(page, {"metadata": '{"client_name": "Shop 3"}'}, button="save")
    assert stale.status == 409
    assert "Shop 3" in stale.text
    assert owner.submit(owner.get(path), {"metadata": '{"x": 1}'}, button="save").status == 422
    to_public = '{"token_endpoint_auth_method": "none"}'
    owner.follow(owner.submit(owner.get(path), {"metadata": to_public}, button="save"))
    assert not owner.get(path).has("rotate-secret")


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("version", "²", 409),
        ("version", "٣", 409),
        ("version", "9" * 30, 409),
        ("metadata", "[" * 5000, 422),
        ("metadata", '{"redirect_uris": ' + "[" * 5000, 422),
    ],
    ids=["superscript", "arabic", "huge", "deep", "deep inside"],
)
def test_flt_41_odd_forms_change_no_client(
    provider: Provider, owner: Browser, field: str, value: str, status: int
) -> None:
    """FLT-40, FLT-41: what is no version is an old one, and what is nested without end is no metadata; never a 500."""
    page = owner.open("/admin/clients/bank")
    form = page.document.form_with("metadata")
    fields = dict(form.entries({}, form.control("save"))) | {field: value}
    with provider.unchanged("clients"):
        assert owner.post(page.url, fields).status == status


def test_client_secret_is_rotated_with_an_overlap_and_the_client_stopped(provider: Provider, owner: Browser) -> None:
    """Both secrets are good for a day; reloading the answer makes no third; a stopped client gets nothing."""
    page = owner.get("/admin/clients/bank")
    rotated = owner.submit(page, button="rotate-secret")
    assert rotated.has("client-secret")
    assert owner.submit(page, button="rotate-secret").status == 409
    browser, person = provider.browser(), provider.people["alice"]
    provider.sign_in(browser, provider.bank, person)
    owner.follow(owner.submit(owner.get("/admin/clients/bank"), button="disable"))
    with provider.no_code_issued():
        assert browser.get(provider.bank.attempt().url).status == 400
    owner.follow(owner.submit(owner.get("/admin/clients/bank"), button="enable"))
    assert browser.get(provider.bank.attempt().url).status == 303


def test_keys_are_rotated_and_retired(provider: Provider, owner: Browser) -> None:
    """The next key signs, the old one is still believed, then no more."""
    page = owner.get("/admin/keys")
    owner.follow(owner.submit(page, button="rotate-ES256"))
    assert "still believed" in owner.get("/admin/keys").document.text
    before = provider.stored("signing_keys", "kid")
    twice = owner.submit(page, button="rotate-ES256")
    assert (twice.status, provider.stored("signing_keys", "kid")) == (422, before)
    assert "less than a minute ago" in twice.document.text, "a second click changes nothing"
    token = token_of(page)
    (kid,) = (row for row in provider.stored("signing_keys", "kid") if is_previous(provider, row))
    assert owner.post("/admin/keys", {"csrf_token": token, "choice": f"retire:{kid}"}).status == 303
    assert not is_previous(provider, kid)
    assert {"key.rotated", "key.retired"} <= provider.stored("audit_events", "name")


def is_previous(provider: Provider, kid: str) -> bool:
    rows = provider._query(f"SELECT state FROM signing_keys WHERE kid = '{kid}'")
    return [row[0] for row in rows] == ["previous"]


def test_decision_is_explained(provider: Provider, owner: Browser, bob: Person) -> None:
    """Each rule, whether it fired, and what each of its tests saw; without its policy, the record is what is left."""
    provider.sign_in(provider.browser(), provider.bank, bob, acr_values=MFA)
    listed = owner.get("/admin/decisions")
    decision_id = next(row for row in provider.stored("decisions", "id") if f"/admin/decisions/{row}" in listed.text)
    page = owner.get(f"/admin/decisions/{decision_id}")
    assert page.has("trace")
    assert MFA in page.document.text
    provider._run(f"UPDATE decisions SET bundle_version = 'gone' WHERE id = '{decision_id}'")
    page = owner.get(f"/admin/decisions/{decision_id}")
    assert not page.has("trace")
    assert "not kept any more" in page.document.text


def test_audit_is_searched_and_taken_away(provider: Provider, owner: Browser, bob: Person) -> None:
    """By event, person and application; newest first, page after page; as files that no spreadsheet runs (ADM-17)."""
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, bob)
    found = owner.get(f"/admin/audit?name=session.&person={bob.id}")
    assert "session.started" in found.text
    assert "login.password" not in found.document.text
    assert "Nothing like that" in owner.get("/admin/audit?client=none").document.text
    page = browser.open("/account/factors")
    assert page.status == 200
    with provider.database.transaction() as tx:
        for number in range(60):
            details = {"label": "=HYPERLINK(1)"} if number == 59 else {}
            name = "=cmd" if number == 58 else "test.event"
            audit.add(tx, Event(name=name, at=provider.clock.now(), address="+1", details=details))
    first = owner.get("/admin/audit?name=test")
    assert first.has("next-page")
    back = next(link for link in first.text.split('"') if link.startswith("?name=test") and "before=" in link)
    assert not owner.get("/admin/audit" + back.replace("&amp;", "&")).has("next-page")
    csv = owner.get("/admin/audit.csv")
    assert csv.header("content-disposition") == 'attachment; filename="audit.csv"'
    assert ",'=cmd," in csv.text
    assert ",'+1," in csv.text
    rows = [json.loads(line) for line in owner.get("/admin/audit.jsonl?name=test").text.splitlines()]
    assert len(rows) == 59
    assert rows[0]["details"] == {"label": "=HYPERLINK(1)"}
    assert owner.get("/admin/audit?before=x").status == 200


def test_adm_14_nothing_stored_runs(provider: Provider, owner: Browser) -> None:
    """ADM-14: a script as a name, an agent or a title is text in every list and page."""
    script = "<script>alert(1)</script>"
    person = provider.add_person("mallory", display_name=script, email="m@example.com")
    browser = Browser(provider.transport, origin=provider.issuer, now=provider.clock.now, agent=script)
    provider.sign_in(browser, provider.bank, person)
    provider.add_client("evil", client_name=script)
    for path in (*PAGES, f"/admin/people/{person.id}", "/admin/clients/evil"):
        page = owner.get(path)
        assert script not in page.text, path
        assert "script-src 'nonce-" in page.header("content-security-policy") or "'none'" in page.header(
            "content-security-policy"
        )


def test_settings_show_no_secret(provider: Provider, owner: Browser) -> None:
    """What is secret is only said to be set."""
    page = owner.get("/admin/settings")
    assert "IDP_ISSUER" in page.text
    assert provider.environ["IDP_SECRET_KEYS"] not in page.text
    assert provider.environ["IDP_DATABASE_URL"] not in page.text


def test_settings_are_shown_as_one_writes_them(owner: Browser) -> None:
    """What stands there can be copied into the environment: no word of how a program holds it, and true names."""
    page = owner.get("/admin/settings")
    shown = dict(re.findall(r"<code>([A-Z_0-9…]+)</code></th><td>(?:<code>([^<]*)</code>)?", page.text))
    assert shown["IDP_ARGON2"] == "m=8,t=1,p=1"
    assert shown["IDP_KEY_ROTATION"] == "90"
    assert shown["IDP_RECORD_ONLY"] == "0"
    assert shown["IDP_PUSH_SERVICES"].startswith("fcm.googleapis.com, ")
    assert [name for name in shown if f"`{name}`" not in README and name != "PROMETHEUS_MULTIPROC_DIR"] == []
    assert not [value for value in shown.values() if "(" in value]


def test_what_was_left_half_way_is_a_figure_and_a_decision(provider: Provider, bob: Person) -> None:
    """On the overview, among the decisions, on the page of the one, and through the API of its page's words."""
    stranger = provider.browser()
    stranger.follow(bob.identify(stranger, stranger.open(provider.bank.attempt(acr_values=MFA).url)))
    provider.advance(1000)
    chores = provider._app.chores
    chores.do(next(each for each in chores._chores if each.name.startswith("note")))
    owner, _ = staff(provider, "owner")
    page = owner.get("/admin/")
    assert re.search(r'id="left">1<', page.text)
    assert "1 (50 %)" in page.text, "the owner answered"
    listed = owner.get("/admin/decisions?outcome=abandoned")
    (decision_id,) = set(re.findall(r"/admin/decisions/(\w+)", listed.text))
    assert "left half-way" in owner.get(f"/admin/decisions/{decision_id}").document.text
    assert decision_id not in owner.get("/admin/decisions?outcome=finish").text
    assert decision_id in owner.get("/admin/decisions?outcome=nonsense").text
    assert "none like that" in owner.get("/admin/decisions?outcome=deny").document.text


def test_decisions_are_leafed_through(provider: Provider, owner: Browser) -> None:
    """A hundred a page, each once, in the order they were made; the outcome that was asked for stays."""
    past = load_text(Path("policies", "demo.yaml").read_text(), traits=traits_table())
    remember(provider.database, a_history(past, 230, since=provider.clock.now() - timedelta(days=3)))
    page, found = owner.get("/admin/decisions?outcome=finish"), []
    while True:
        shown = re.findall(r"<th scope=\"row\"><a href=\"/admin/decisions/(\w+)", page.text)
        found += shown
        if not page.has("next-page"):
            break
        assert len(shown) == 100
        page = owner.get(page.document.link("next-page"))
        assert "outcome=finish" in page.url
    finished = provider._query("SELECT id FROM decisions WHERE outcome = 'finish'")
    assert sorted(found) == sorted(row[0] for row in finished)
    assert len(found) > 200
    assert owner.get("/admin/decisions?at=yesterday&id=x").has("next-page")


def test_overview_counts_what_happened(provider: Provider, owner: Browser, bob: Person) -> None:
    """Sign-ins, step-ups and answers of today; the chart has its table."""
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, bob)
    provider.sign_in(browser, provider.bank, bob, acr_values=MFA)
    page = owner.get("/admin/")
    assert page.has("ways")
    today = provider.clock.now().date().isoformat()
    row = page.text[page.text.index(f'<th scope="row">{today}') :].partition("</tr>")[0]
    assert row.count('<td class="number">0</td>') == 2, "sign-ins and step-ups, nobody refused or gone"


def test_lists_show_one_page_of_two_thousand(provider: Provider, owner: Browser) -> None:
    """The database searches, sorts and cuts: 25 rows come out, whatever is asked for."""
    with provider.database.transaction() as tx:
        for number in range(2000):
            users.add(tx, a_user(f"crowd{number:05}", display_name=f"Crowd {number}"))
    for look in ("?q=crowd", "?sort=signed_in_at&order=desc&page=40", "?sort=created_at", "?sort=display_name"):
        assert owner.get(f"/admin/people{look}").text.count("<tr>") == 26
    assert owner.get("/admin/people?q=00999").text.count("<tr>") == 2


def test_trusted_browsers_are_shown_and_forgotten(provider: Provider, bob: Person) -> None:
    """E4: the helpdesk sees which browsers bob trusts, ends one or all of them; the trail says who did."""
    browser, helper = staff(provider, "helpdesk")
    for number in range(3):
        with provider.database.transaction() as tx:
            trusted.add(
                tx,
                TrustedDevice(
                    id=f"device{number}",
                    user_id=bob.id,
                    secret_hash=f"hash{number}",
                    trusted_at=provider.clock.now(),
                    used_at=provider.clock.now(),
                    user_agent=f"Browser {number}",
                ),
            )
    page = browser.get(f"/admin/people/{bob.id}")
    assert "Browser 1" in page.document.text
    page = browser.follow(browser.submit(page, button="untrust-device1"))
    assert "Browser 1" not in page.document.text
    assert "Browser 2" in page.document.text
    browser.follow(browser.submit(page, button="untrust"))
    with provider.database.transaction() as tx:
        assert trusted.list_trusted(tx, bob.id) == ()
        told = [event for event in audit.list_events(tx, limit=50) if event.name == "user.devices.untrusted"]
    assert len(told) == 2
    assert all(event.user_id == bob.id and helper.id in str(event) for event in told)


def test_auditor_forgets_no_browser(provider: Provider, bob: Person) -> None:
    """Who may only look is shown no button, and is refused."""
    browser, _ = staff(provider, "auditor")
    page = browser.get(f"/admin/people/{bob.id}")
    assert page.has("trusted")
    assert not page.has("untrust")
