"""Form and text are one document: a part changed by form is changed in the text and nothing else is."""

import difflib

import pytest

from idp.admin.policies.forms import examples, kinds
from idp.admin.policies.forms.fields import kept
from idp.admin.policies.forms.service import KINDS, _tree
from idp.policy.editing.spans import alike
from tests.admin.conftest import staff
from tests.admin.kit import DEFAULT
from tests.admin.test_policies import begun, saved, text_of
from tests.policy.kit import entries
from tests.support.browser import Browser, Page
from tests.support.provider import Provider

RULE = {
    "name": "big-payments", "reason": "payment_needs_passkey", "clients": "bank", "actions": "payment.approve",
    "if_fact.0": "request.amount", "if_test.0": "gt", "if_value.0": "1000", "acr.phr": "on", "max_age": "5m",
    "outcome": "require", "write_test": "on",
}  # fmt: skip


def lines_changed(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


def part(owner: Browser, draft: Page, section: str, name: str = "") -> Page:
    return owner.get(f"{draft.url}/parts/{section}" + (f"?name={name}" if name else ""))


def kept_part(owner: Browser, page: Page, fields: dict[str, str]) -> Page:
    return owner.follow(owner.submit(page, fields, button="save-part"))


def test_a_page_reads_a_text_once(owner: Browser) -> None:
    """Reading is what a form waits for: its fields, its lines and the names of levels come of one reading."""
    draft = begun(owner)
    _tree.cache_clear()
    page = part(owner, draft, "rules", "staff-enrols")
    assert page.has("as-text")
    assert _tree.cache_info().misses == 1
    part(owner, draft, "acr", "phr")
    assert _tree.cache_info().misses == 1


def test_a_rule_is_added_changed_and_taken_out_by_form(owner: Browser) -> None:
    """It brings its test along; what a form does not change keeps every character."""
    draft = begun(owner)
    before = text_of(draft)
    page = kept_part(owner, part(owner, draft, "rules"), RULE)
    after = text_of(page)
    added = lines_changed(before, after)
    assert added[:6] == [
        "+   - id: big-payments",
        "+     scope: {clients: [bank], actions: [payment.approve]}",
        "+     if: {request.amount: {gt: 1000}}",
        "+     require: {acr: phr, max_age: 5m}",
        "+     reason: payment_needs_passkey",
        "+   - name: big-payments takes effect",
    ]
    assert all(line.startswith("+") for line in added)
    assert "This stands against" not in page.document.text
    form = part(owner, page, "rules", "big-payments")
    assert "big-payments" in form.document.text_in("as-text")
    changed = text_of(kept_part(owner, form, {"if_value.0": "2000"}))
    assert lines_changed(after, changed) == [
        "-     if: {request.amount: {gt: 1000}}",
        "+     if: {request.amount: {gt: 2000}}",
    ]
    gone = owner.follow(owner.submit(part(owner, page, "rules", "big-payments"), button="remove-part"))
    assert "big-payments" not in gone.document.text_in("form-view").replace("big-payments takes effect", "")


@pytest.mark.parametrize(
    ("section", "name", "fields", "line"),
    [
        ("actions", "payment.approve", {"max_age": "3m"}, "max_age: 3m}}"),
        ("acr", "phr", {"valid_for": "8h"}, "    valid_for: 8h"),
        ("tests", "and is asked again after five minutes", {"proof_age.1": "9m"}, "{factor: totp, age: 9m}"),
        ("rules", "staff-enrols", {"enrol_skips": "1"}, "skips: 1, within: 14d"),
        ("rules", "staff-enrols", {"enrol_cool_down": "7d"}, "within: 14d, cool_down: 7d"),
    ],
)
def test_every_kind_of_part_is_changed_by_form(
    owner: Browser, section: str, name: str, fields: dict[str, str], line: str
) -> None:
    """One line differs, and it is the one."""
    draft = begun(owner)
    before = text_of(draft)
    page = kept_part(owner, part(owner, draft, section, name.replace(" ", "%20")), fields)
    removed, added = lines_changed(before, text_of(page))
    assert removed.startswith("- ")
    assert line in added


def test_what_would_not_load_is_refused_beside_the_form(provider: Provider, owner: Browser) -> None:
    """422, what was typed stays, nothing is kept; a name that is taken and one that is missing too."""
    draft = begun(owner)
    texts = provider.stored("bundle_drafts", "text")
    for wrong, said in (
        ({"if_fact.0": "request.amuont"}, "did you mean 'request.amount'"),
        ({"if_value.0": "much"}, "must be a number"),
        ({"max_age": "soon"}, "must be a duration"),
        ({"name": "staff-enrols"}, "there is another 'staff-enrols'"),
        ({"name": " "}, "a name is missing"),
        ({"outcome": "deny"}, "rules.big-payments.deny must not be empty"),
    ):
        refused = owner.submit(part(owner, draft, "rules"), {**RULE, **wrong}, button="save-part")
        assert refused.status == 422, wrong
        assert said in refused.document.text
        assert "payment_needs_passkey" in refused.text
        assert provider.stored("bundle_drafts", "text") == texts
    used = owner.submit(part(owner, draft, "acr", "urn:idp:acr:mfa"), button="remove-part")
    assert used.status == 422
    assert part(owner, draft, "nothing").status == 404
    assert part(owner, draft, "rules", "nothing").status == 404


def test_a_form_says_when_it_is_stale_and_grows_when_asked(provider: Provider, owner: Browser) -> None:
    """409 and nothing kept for an edition that is gone; more rows keep what was typed."""
    draft = begun(owner)
    form = part(owner, draft, "rules")
    more = owner.submit(form, RULE, button="more-rows")
    assert more.status == 200
    assert more.text.count('name="if_fact.') > form.text.count('name="if_fact.')
    assert 'value="request.amount"' in more.text
    saved(owner, draft, text_of(draft) + "# mine\n")
    stale = owner.submit(form, RULE, button="save-part")
    assert stale.status == 409
    assert "big-payments" not in "".join(provider.stored("bundle_drafts", "text"))
    broken = saved(owner, owner.get(draft.url), "a: [")
    assert "its shape cannot be read" in broken.document.text
    assert part(owner, draft, "rules").status == 422
    half = saved(owner, broken, text_of(draft).replace("skips: 3", "skips: many"))
    page = kept_part(owner, part(owner, half, "rules", "staff-enrols"), {"enrol_skips": "2"})
    assert not page.has("problem")


def test_adm_09_forms_take_the_right_to_edit(provider: Provider, owner: Browser) -> None:
    """ADM-09: who may only look reads them and keeps nothing."""
    draft = begun(owner)
    auditor, _ = staff(provider, "auditor")
    page = part(auditor, draft, "rules", "staff-enrols")
    assert page.status == 200
    assert not page.has("save-part")
    token = dict(auditor.get("/admin/keys").document.forms[0].entries({}, None))["csrf_token"]
    wrong = {"csrf_token": token, "edition": "1", "called": "staff-enrols", "choice": "remove"}
    assert auditor.post(f"{draft.url}/parts/rules", wrong).status == 403
    assert "staff-enrols" in "".join(provider.stored("bundle_drafts", "text"))


@pytest.mark.parametrize("section", KINDS)
def test_forms_show_all_that_parts_say(section: str) -> None:
    """What is read from the form of a part is the part, and what nobody touched stays as it was written."""
    for name, value in entries(DEFAULT, section).items():
        kind = KINDS[section]
        back = kind.read(kind.show(name, value))
        assert alike(kind.read(kind.show(name, back)), back)
        assert alike(kept(value, back, back), value)


@pytest.mark.parametrize(
    "condition",
    [
        {"any": [{"net.tor": {"eq": True}}, {"net.asn": {"in": [1, 2]}}]},
        {"none": [{"user.age": {"gt": "2d"}}]},
        {"all": [{"net.asn": {"gt": 1}}, {"net.asn": {"gt": 2}}]},
        {"request.amount": {"gt": 1.5, "lt": -3}, "net.country": {"in": ["NO"]}},
        {"any": [{"all": [{"net.tor": {"eq": True}}]}, {"net.hosting": {"eq": False}}]},
        {"any": [{"net.tor": {"eq": True}, "net.hosting": {"eq": True}}]},
    ],
)
def test_conditions_come_back_as_they_were(condition: object) -> None:
    """As rows where they are flat, as text where they are nested."""
    rule = {"id": "x", "if": condition, "deny": "no"}
    assert kinds.read_rule(kinds.rule_fields("x", rule)) == rule


def test_odd_parts_make_a_form_all_the_same() -> None:
    """What the loader would refuse is shown as far as a form can, and what it cannot show is not lost."""
    assert kinds.level_fields("x", {"needs": "any"})["title"] == ""
    assert kinds.rule_fields("x", {"if": "nothing", "scope": [], "require": []})["if_text"] == "nothing"
    assert kinds.read_rule({"name": "x", "if_text": "a: [", "outcome": "deny", "deny": "no"})["if"] == "a: ["
    given = {
        "enrolled": [],
        "evidence": ["totp"],
        "facts": {"user.groups": ["a"], "net.tor": "unknown"},
        "max_age": "5m",
    }
    test = {"name": "x", "given": given, "expect": {"options": [["a", "b"], ["c"]], "because": []}}
    back = examples.read(examples.fields_of("x", test))
    assert back["given"] == {k: v for k, v in given.items() if k != "evidence"}
    assert back["expect"] == test["expect"]
    held = {"factor": "totp", "properties": ["synced"], "age": "2d", "available": False}
    proof = {"factor": "totp", "age": "1m", "properties": ["synced"], "here": True}
    full = {"name": "y", "given": {"enrolled": ["password", held], "evidence": [proof]}, "expect": {"options": []}}
    assert examples.read(examples.fields_of("y", full)) == full
    assert kept({"a": 1, "z": 9}, {"a": 1, "b": 2}, {"a": 2}) == {"a": 2, "z": 9}


def test_a_client_leads_to_the_rule_of_its_own(provider: Provider, owner: Browser) -> None:
    """From its page to a draft at the form of its rule: a new one, or the one that is there; not for who looks."""
    form = owner.follow(owner.submit(owner.get("/admin/clients/shop"), button="write-rule"))
    assert 'value="client:shop"' in form.text
    kept = owner.follow(owner.submit(form, {"acr.phr": "on"}, button="save-part"))
    assert "client:shop" in kept.document.text_in("form-view")
    provider.publish(text_of(kept))
    there = owner.follow(owner.submit(owner.get("/admin/clients/shop"), button="write-rule"))
    assert "scope: {clients: [shop]}" in there.document.text_in("as-text")
    assert there.has("remove-part")
    auditor, _ = staff(provider, "auditor")
    assert not auditor.get("/admin/clients/shop").has("write-rule")
    token = dict(auditor.get("/admin/keys").document.forms[0].entries({}, None))["csrf_token"]
    with provider.unchanged("bundle_drafts"):
        assert auditor.post("/admin/policies/drafts", {"csrf_token": token, "client": "shop"}).status == 403
