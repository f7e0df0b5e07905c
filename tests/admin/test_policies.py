"""The console's policy pages: from a typo to a rule in force, and back."""

import re

import pytest

from tests.admin.conftest import staff
from tests.support.browser import Browser, Page
from tests.support.person import Person
from tests.support.provider import Provider

HOME = "/admin/policies"
RULE = """
rules:
  - id: everybody-twice
    scope: {clients: [shop]}
    require: {acr: urn:idp:acr:mfa}
    reason: second_step
"""
TEST = """
  - name: the shop takes a second step
    given: {client: shop, enrolled: [password, totp], evidence: [{factor: password, age: 1m}]}
    expect: {outcome: challenge, acr: urn:idp:acr:mfa, options: [[totp]], because: [everybody-twice]}
"""


def begun(owner: Browser) -> Page:
    """Return the page of a new draft of what is live."""
    return owner.follow(owner.submit(owner.get(HOME), button="begin-draft"))


def text_of(page: Page) -> str:
    form = page.document.form_with("save")
    return dict(form.entries({}, form.control("save")))["text"].replace("\r\n", "\n").lstrip("\n")


def with_rule(text: str) -> str:
    """Return a bundle with one more rule and its test; the demo's has rules already."""
    rule = RULE.replace("\nrules:\n", "")
    changed = text.replace("\nrules:\n", f"\nrules:\n{rule}", 1)
    assert changed != text
    return changed.rstrip("\n") + TEST


def saved(owner: Browser, page: Page, text: str) -> Page:
    return owner.follow(owner.submit(page, {"text": text}, button="save"))


def test_a_rule_goes_from_draft_to_force_and_back(provider: Provider, owner: Browser, bob: Person) -> None:
    """A typo is told by line, the change in words, then published: the shop asks twice; rolled back, it does not."""
    page = begun(owner)
    text = text_of(page)
    page = saved(
        owner, page, with_rule(text).replace("require: {acr: urn:idp:acr:mfa}\n    reason", "requir: {}\n    reason")
    )
    assert "requir" in page.document.text
    assert not page.has("publish")
    page = saved(owner, page, with_rule(text))
    assert page.has("checked")
    assert "everybody-twice" in page.text[page.text.index('id="changes"') :]
    assert "the shop takes a second step" in page.document.text
    shop = provider.parties["shop"]
    assert provider.sign_in(provider.browser(), shop, bob).acr == "urn:idp:acr:1fa"
    page = owner.follow(owner.submit(page, {"note": "fraud at the shop"}, button="publish"))
    assert "In force." in page.document.text
    assert "fraud at the shop" in page.document.text
    provider.advance(30)
    browser = provider.browser()
    waiting = browser.follow(bob.identify(browser, browser.open(shop.attempt().url)))
    assert waiting.has("code")
    assert "policy.published" in provider.stored("audit_events", "name")
    form = next(form for form in page.document.forms if any("rollback:" in (b.value or "") for b in form.buttons))
    choice = next(button.value for button in form.buttons if button.value.startswith("rollback:"))
    token = dict(form.entries({}, None))["csrf_token"]
    back = owner.follow(owner.post(HOME, {"csrf_token": token, "choice": choice}))
    assert "In force." in back.document.text
    other = provider.browser()
    assert not other.follow(bob.identify(other, other.open(shop.attempt().url))).has("code")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("sign-in methods, require: {acr: urn:idp:acr:mfa", "ways, require: {acr: urn:idp:acr:1fa"), "loosened"),
        (("order: [", "order: [nonsense, "), "nonsense"),
    ],
)  # fmt: skip
def test_what_must_not_be_published_is_not(
    provider: Provider, owner: Browser, change: tuple[str, str], said: str
) -> None:
    """Each refusal says why; the live version stays, and what was typed is kept."""
    page = begun(owner)
    text = text_of(page)
    changed = text.replace(*change)
    assert changed != text
    page = saved(owner, page, changed)
    assert said in page.document.text
    live = provider.stored("live_bundle", "version")
    if page.has("publish"):
        page = owner.submit(page, button="publish")
        assert page.status == 422
    assert provider.stored("live_bundle", "version") == live
    assert said in owner.get(page.url.removesuffix("/publish")).text


NOBODY_CAN = "rules:\n  - {id: hardware, require: {acr: phrh}}\n"
FAILING = "tests:\n  - {name: it lets all in, given: {client: bank, enrolled: [password]}, expect: {outcome: allow}}\n"


@pytest.mark.parametrize(
    ("section", "written", "reason", "concerned"),
    [
        ("rules:\n", NOBODY_CAN, "nothing can satisfy it: nobody can reach phrh", 4),
        ("tests:\n", FAILING, "the test fails: outcome", 0),
    ],
    ids=["nothing can satisfy it", "its test fails"],
)
def test_what_cannot_hold_is_refused_with_whom_it_concerns(
    provider: Provider, owner: Browser, section: str, written: str, reason: str, concerned: int
) -> None:
    """On the page: why, at which line, and how many could not meet it; the live one stays, and nobody else is told."""
    page = begun(owner)
    page = saved(owner, page, text_of(page).replace(section, written, 1))
    live = provider.stored("live_bundle", "version")
    with provider.unchanged("bundles", "bundle_publications", "bundle_proposals", "audit_events"):
        refused = owner.submit(page, button="publish")
    assert refused.status == 422
    told = refused.document.text
    assert "Nothing was changed" in told
    assert reason in told
    assert re.search(rf"Could not meet it {concerned}\b", told), told
    assert re.search(r'data-line="\d+"', refused.text)
    assert provider.stored("live_bundle", "version") == live


def test_a_text_is_looked_at_while_it_is_typed(provider: Provider, owner: Browser) -> None:
    """Each mistake with line and column; what is right has none; nothing is kept."""
    page = begun(owner)
    text = text_of(page)
    token = dict(page.document.form_with("save").entries({}, None))["csrf_token"]
    with provider.unchanged("bundle_drafts", "bundles", "audit_events", "decisions", "interactions"):
        wrong = owner.post(
            f"{page.url}/lint", {"csrf_token": token, "text": "bundle: x\nrulse: []\nacr: {}\nfactors: {}\n"}
        )
        right = owner.post(f"{page.url}/lint", {"csrf_token": token, "text": text.replace("\n", "\r\n")})
    (first, *_) = wrong.json()["errors"]
    assert (wrong.status, first["line"], first["column"]) == (200, 2, 1)
    assert first["text"] == "unknown key 'rulse'; did you mean 'rules'?"
    assert right.json()["errors"] == []
    assert "phrh" in right.json()["warnings"][0]["key"]
    untested = with_rule(text).replace(TEST, "")
    assert owner.post(f"{page.url}/lint", {"csrf_token": token, "text": untested}).json()["errors"] == []
    assert "no test flips" in saved(owner, page, untested).document.text


def test_looking_takes_the_right_to_edit_and_comes_from_our_page(provider: Provider, owner: Browser) -> None:
    """As the page itself: no token no answer, no role none, no such draft none, and no page of another may ask."""
    page = begun(owner)
    form = {"csrf_token": dict(page.document.form_with("save").entries({}, None))["csrf_token"], "text": "bundle: x"}
    path = f"{page.url}/lint"
    assert owner.post(path, {**form, "csrf_token": "x"}).status == 403
    assert owner.post(path.replace("/drafts/", "/drafts/x"), form).status == 404
    assert owner.get(path).status == 405
    auditor, _ = staff(provider, "auditor")
    assert auditor.post(path, form).status == 403
    assert "/login/" in provider.browser().post(path, form).location
    assert "connect-src 'self'" in page.header("content-security-policy")
    assert "connect-src" not in owner.get(HOME).header("content-security-policy")


def test_a_large_policy_is_kept_and_one_too_large_is_not_lost(provider: Provider, owner: Browser) -> None:
    """More than other forms may hold is saved; more than a page can is told, with all that was typed."""
    page = begun(owner)
    large = text_of(page) + "# a comment that says why this is so\n" * 4_000
    page = saved(owner, page, large)
    assert text_of(page) == large
    huge = large + "# more\n" * 10_000
    refused = owner.submit(page, {"text": huge}, button="save")
    assert (refused.status, text_of(refused) == huge) == (422, True)
    assert "it was not saved" in refused.document.text
    token = dict(refused.document.form_with("save").entries({}, None))["csrf_token"]
    assert owner.post(f"{page.url}/lint", {"csrf_token": token, "text": large}).status == 413
    assert text_of(owner.get(page.url)) == large
    brought = owner.post(f"{HOME}/import", {"csrf_token": token, "text": huge})
    assert (brought.status, "idp policy publish" in brought.document.text) == (422, True)
    assert owner.post(page.url, {"csrf_token": token, "text": "#" * 1_100_000}).status == 413
    assert owner.post("/admin/people", {"csrf_token": token, "username": "x" * 70_000}).status == 413


def test_nobody_is_locked_out(provider: Provider, owner: Browser) -> None:
    """A bundle that no administrator could meet is refused, with how many it would stop."""
    page = begun(owner)
    page = saved(owner, page, re.sub(r"(admin\.policy: .*?)acr: [^,}]+", r"\1acr: phrh", text_of(page)))
    assert "no administrator could publish again" in page.document.text
    assert "0 / 1" in page.document.text
    live = provider.stored("live_bundle", "version")
    assert owner.submit(page, button="publish").status == 422
    assert provider.stored("live_bundle", "version") == live


def test_stale_edits_are_told_and_lose_nothing(provider: Provider, owner: Browser) -> None:
    """409 for a draft edited meanwhile, with what was typed on the page; and for one whose parent was overtaken."""
    page = begun(owner)
    text = text_of(page)
    first = saved(owner, page, text + "# one\n")
    stale = owner.submit(page, {"text": text + "# two\n"}, button="save")
    assert stale.status == 409
    assert "# two" in stale.text
    other = saved(owner, begun(owner), with_rule(text))
    owner.follow(owner.submit(other, button="publish"))
    provider.advance(30)
    overtaken = owner.get(first.url)
    assert overtaken.has("take-up")
    assert not overtaken.has("publish")
    form = {"csrf_token": dict(overtaken.document.form_with("take-up").entries({}, None))["csrf_token"]}
    forced = owner.post(f"{first.url}/publish", {**form, "edition": "2", "choice": "publish"})
    assert forced.status == 409
    taken = owner.follow(owner.submit(overtaken, button="take-up"))
    assert taken.has("publish")
    assert owner.post(f"{first.url}/publish", {**form, "edition": "2", "choice": "publish"}).status == 409


def test_drafts_are_thrown_away(provider: Provider, owner: Browser) -> None:
    """And then are not found; nor is what never was, nor a choice that no form has."""
    page = begun(owner)
    token = dict(page.document.form_with("save").entries({}, None))["csrf_token"]
    owner.follow(owner.submit(page, button="discard"))
    assert owner.get(page.url).status == 404
    for choice in ("", "approve:none", "rollback:none"):
        assert owner.post(HOME, {"csrf_token": token, "choice": choice}).status == 404
    assert owner.post(f"{HOME}/drafts/none", {"csrf_token": token}).status == 404


def test_adm_09_who_may_only_look_changes_nothing(provider: Provider, owner: Browser) -> None:
    """ADM-09: an auditor and the helpdesk read policies and drafts, and begin, edit and publish none."""
    draft = begun(owner)
    live = provider.stored("live_bundle", "version")
    for role in ("auditor", "helpdesk"):
        browser, _ = staff(provider, role)
        token = dict(browser.get("/admin/keys").document.forms[0].entries({}, None))["csrf_token"]
        assert browser.get(HOME).status == 200
        assert not browser.get(draft.url).has("save")
        for path in (HOME, f"{HOME}/drafts", draft.url, f"{draft.url}/publish"):
            assert browser.post(path, {"csrf_token": token, "choice": "publish", "edition": "1"}).status == 403
    assert provider.count("bundle_drafts") == 1
    assert provider.stored("live_bundle", "version") == live


def test_publishing_takes_a_fresh_proof_and_editing_none(provider: Provider, owner: Browser) -> None:
    """Eleven minutes later a draft is still saved; publishing asks first and comes back to the draft."""
    page = begun(owner)
    text = with_rule(text_of(page))
    provider.advance(660)
    page = saved(owner, page, text)
    assert page.has("publish")
    asked = owner.submit(page, button="publish")
    assert "/login/" in asked.location
    person = provider.people["the-owner"]
    page = owner.follow(asked)
    page = person.answer(owner, page, provider.clock.now())
    assert page.url == f"{provider.issuer}{page.url.removeprefix(provider.issuer)}"
    assert page.has("publish")
