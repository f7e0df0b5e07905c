"""The console in headless Chromium: an administrator looks around and helps somebody, with scripts off."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.test_demo import asked, photograph
from tests.support.demo import Demo

pytestmark = pytest.mark.browser
PAGES = (
    ("/admin/", "overview"),
    ("/admin/people", "people"),
    ("/admin/sessions", "sessions"),
    ("/admin/clients", "clients"),
    ("/admin/clients/bank", "client"),
    ("/admin/clients/new", "client-new"),
    ("/admin/policies", "policies"),
    ("/admin/policies/simulator?ask=1&who=bob&client=bank&action=payment.approve&with.password=here", "simulator"),
    ("/admin/policies/trials", "trials"),
    ("/admin/policies/import", "import"),
    ("/admin/decisions", "decisions"),
    ("/admin/risk?challenge=10&high=1", "risk"),
    ("/admin/audit", "audit"),
    ("/admin/keys", "keys"),
    ("/admin/delivery", "delivery"),
    ("/admin/settings", "settings"),
)
PARTS = ("rules?name=staff-enrols", "actions?name=payment.approve", "acr?name=phr", "tests")
SMALL = """() => [...document.querySelectorAll('main a, main button, main input:not([type=hidden]), select, summary')]
    .map(each => [each.innerText || each.name || each.id, each.getBoundingClientRect()])
    .filter(([, box]) => box.width && box.height && (box.height < 24 || box.width < 24))
    .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""
TALL = """() => [...document.querySelectorAll('tbody tr')]
    .filter(row => row.getBoundingClientRect().height > 200).map(row => row.innerText)"""
IS_SEEN = """() => { const box = document.querySelector('.side [aria-current]').getBoundingClientRect();
    return box.left >= 0 && box.right <= innerWidth }"""


@pytest.fixture
def page(chrome: Browser, running: Demo) -> Iterator[Page]:
    """The console without scripts."""
    context = chrome.new_context(java_script_enabled=False)
    yield opened(context, running)
    context.close()


def opened(context: BrowserContext, running: Demo) -> Page:
    """Return the console, opened by its owner: name, password, and the code that `admin.console` takes."""
    page, admin = context.new_page(), running.person("admin")
    page.goto(running.issuer + "/admin/")
    page.fill("#username", admin.username)
    page.fill("#password", admin.password)
    page.click("#login-submit")
    page.fill("#code", running.code(admin))
    page.click("#challenge-submit")
    page.wait_for_url(running.issuer + "/admin/")
    return page


def test_console_is_looked_around_in(page: Page, running: Demo) -> None:
    """Every page of the rail, by day and night, on a desk and on a phone."""
    for number, (path, name) in enumerate(PAGES, start=50):
        page.goto(running.issuer + path)
        assert page.locator("h1").count() == 1
        photograph(page, f"{number}-console-{name}")


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_console_fits_a_finger(chrome: Browser, running: Demo, locale: str) -> None:
    """On a phone targets are 24 px or more each way (WCAG 2.2, 2.5.8), rows are no towers, one sees where one is."""
    context = chrome.new_context(locale=locale, java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = opened(context, running)
    page.goto(running.issuer + "/admin/policies")
    page.click("#begin-draft")
    page.wait_for_url("**/drafts/*")
    draft = page.url.removeprefix(running.issuer)
    for path in (*(path for path, _ in PAGES), draft, *(f"{draft}/parts/{part}" for part in PARTS)):
        page.goto(running.issuer + path)
        assert page.evaluate(SMALL) == [], path
        assert page.evaluate(TALL) == [], path
        assert page.evaluate(IS_SEEN), path
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    context.close()


def test_pages_begin_at_their_top_and_show_what_can_be_done(page: Page, running: Demo) -> None:
    """On a desk nothing but the list of pages would be scrolled to where one is; and no session's button is cut off."""
    page.set_viewport_size({"width": 1280, "height": 500})
    for path in ("/admin/settings", "/account/", "/account/activity", "/admin/sessions"):
        page.goto(running.issuer + path)
        assert asked(page, "scrollY") == 0, path
    scrolled = "(() => { const box = document.querySelector('#sessions').parentElement;"
    assert asked(page, scrolled + " return box.scrollWidth - box.clientWidth; })()") == 0


def test_console_helps_and_stops_somebody(page: Page, running: Demo) -> None:
    """Find alice, sign her out, shut her out, let her in, give her a role; each is said and stands in her trail."""
    page.goto(running.issuer + "/admin/people")
    page.fill("#q", "aal")
    page.click("#search-submit")
    page.click("text=alice")
    for button, said in (
        ("#end-sessions", "signed out everywhere"),
        ("#disable", "is shut out"),
        ("#enable", "may sign in again"),
        ("#give-helpdesk", "roles were changed"),
    ):
        page.click(button)
        expect(page.locator(".done")).to_contain_text(said)
    photograph(page, "59-console-person")
    page.click("#take-helpdesk")
    expect(page.locator("#give-helpdesk")).to_be_visible()
    expect(page.locator("body")).to_contain_text("user.disabled")
    page.goto(running.issuer + "/admin/decisions")
    page.locator("#decisions tbody a").first.click()
    expect(page.locator("#trace, .why").first).to_be_visible()
    photograph(page, "60-console-why")


def test_console_publishes_a_policy_and_takes_it_back(page: Page, running: Demo) -> None:
    """A draft with a mistake is told by line; mended, its change is said in words; in force, and back again."""
    page.goto(running.issuer + "/admin/policies")
    page.click("#begin-draft")
    draft = page.url
    page.click("#form-view >> text=staff-enrols")
    photograph(page, "66-console-rule")
    page.goto(draft)
    text = page.input_value("#text")
    page.fill("#text", text.replace("valid_for: 24h", "valid_fro: 24h", 1))
    page.click("#save")
    expect(page.locator("#problem")).to_contain_text("valid_fro")
    photograph(page, "61-console-draft-refused")
    page.fill("#text", text.replace("valid_for: 24h", "valid_for: 12h", 1))
    page.click("#save")
    expect(page.locator("#changes")).to_contain_text("12h")
    photograph(page, "62-console-draft")
    page.click("#replay")
    expect(page.locator("#effects")).to_be_visible()
    photograph(page, "64-console-replay")
    page.go_back()
    page.click("#shadow")
    expect(page.locator("#comparison")).to_be_visible()
    photograph(page, "65-console-shadow")
    page.goto(draft)
    page.fill("#note", "shorter days")
    page.click("#publish")
    expect(page.locator(".done")).to_contain_text("In force.")
    photograph(page, "63-console-published")
    page.locator("button[value^='rollback:']").first.click()
    expect(page.locator("#history")).to_contain_text("rolled back")


def test_console_says_what_is_wrong_while_it_is_typed(chrome: Browser, running: Demo) -> None:
    """A typo is told beside the editor with its place, a click goes there; what is large is not sent."""
    context = chrome.new_context()
    page = opened(context, running)
    page.goto(running.issuer + "/admin/policies")
    page.click("#begin-draft")
    text = page.input_value("#text")
    page.fill("#text", text.replace("valid_for: 24h", "valid_fro: 24h", 1))
    expect(page.locator("#typing")).to_contain_text("Mistakes so far: 1")
    expect(page.locator("#typing-found")).to_contain_text("did you mean 'valid_for'?")
    photograph(page, "67-console-typing")
    page.locator("#typing-found button").first.click()
    chosen = "e => e.value.slice(e.selectionStart, e.selectionEnd)"
    assert page.locator("#text").evaluate(chosen).startswith("valid_fro")
    page.fill("#text", text)
    expect(page.locator("#typing")).to_contain_text("No mistakes so far")
    grow = "e => { e.value += '# ' + 'x'.repeat(200000); e.dispatchEvent(new Event('input')); }"
    page.locator("#text").evaluate(grow)
    expect(page.locator("#typing")).to_contain_text("more than the 200000 characters")
    page.click("#save")
    assert page.locator("#text").evaluate("e => e.value.length") == len(text) + 200_002
    context.close()
