"""Shadow and canary on the console: started from a draft, watched, ended; refused where publishing would be."""

import re

from tests.admin.test_policies import begun, saved, text_of, with_rule
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider

TRIALS = "/admin/policies/trials"


def test_a_shadow_is_watched_and_ended(provider: Provider, owner: Browser, bob: Person) -> None:
    """Bob is let in at the shop as before; the page counts that he would not have been, and names the decision."""
    assert "Nothing runs beside" in owner.get(TRIALS).document.text
    page = begun(owner)
    page = saved(owner, page, with_rule(text_of(page)))
    shown = owner.follow(owner.submit(page, button="shadow"))
    assert "It is at work." in shown.document.text
    assert shown.document.text_in("compared") == "0"
    assert owner.get("/admin/policies").has("running")
    provider.advance(30)
    assert provider.sign_in(provider.browser(), provider.parties["shop"], bob).acr == "urn:idp:acr:1fa"
    shown = owner.get(TRIALS)
    assert shown.document.text_in("effect-challenged") == "1"
    assert shown.has("examples")
    ended = owner.follow(owner.submit(shown, button="end-shadow"))
    assert "It has ended." in ended.document.text
    assert not ended.has("trials")
    token = dict(shown.document.form_with("end-shadow").entries({}, None))["csrf_token"]
    for choice in ("end:shadow", "end:nothing", ""):
        assert owner.post(TRIALS, {"csrf_token": token, "choice": choice}).status == 404


def test_a_canary_decides_for_its_group_alone(provider: Provider, owner: Browser, bob: Person) -> None:
    """Bob is none of its members; a share of nobody, a group without a name and an old edition start nothing."""
    page = begun(owner)
    page = saved(owner, page, with_rule(text_of(page)))
    form = dict(page.document.form_with("canary").entries({}, page.document.form_with("canary").control("canary")))
    for wrong in ({"share": "0"}, {"share": "group", "audience": " "}, {"choice": "nothing"}):
        assert owner.post(f"{page.url}/trials", {**form, **wrong}).status == 404
    assert owner.post(f"{page.url}/trials", {**form, "edition": "1"}).status == 409
    assert provider.count("bundle_rollouts") == 0
    shown = owner.follow(owner.submit(page, {"share": "group", "audience": "pilots"}, button="canary"))
    assert "for the group pilots" in shown.document.text
    assert provider.sign_in(provider.browser(), provider.parties["shop"], bob).acr == "urn:idp:acr:1fa"
    shown = owner.follow(owner.submit(owner.get(page.url), {"share": "10"}, button="canary"))
    assert "for 10 % of all people" in shown.document.text
    assert owner.follow(owner.get(f"{page.url}/trials")).url == page.url


def test_what_may_not_be_published_may_not_be_tried_either(provider: Provider, owner: Browser) -> None:
    """A draft that locks every administrator out starts no canary, one that does not load no shadow; each says why."""
    page = begun(owner)
    text = text_of(page)
    page = saved(owner, page, re.sub(r"(admin\.policy: .*?)acr: [^,}]+", r"\1acr: phrh", text))
    refused = owner.submit(page, {"share": "10"}, button="canary")
    assert refused.status == 422
    assert "no administrator could publish again" in refused.document.text
    form = dict(page.document.form_with("shadow").entries({}, page.document.form_with("shadow").control("shadow")))
    page = saved(owner, page, text.replace("rules:", "ruels:"))
    refused = owner.post(f"{page.url}/trials", {**form, "edition": "3"})
    assert refused.status == 422
    assert "did you mean 'rules'" in refused.document.text
    assert provider.count("bundle_rollouts") == 0
