"""Policies as files: what is taken away and brought in again is the same, byte for byte."""

from pathlib import Path

from sqlalchemy import update

from idp.storage.metadata import METADATA
from tests.admin.conftest import staff
from tests.admin.kit import DEFAULT
from tests.admin.test_policies import HOME, begun, saved, text_of, with_rule
from tests.support.admin_api import robot
from tests.support.browser import Browser, Page
from tests.support.provider import MakeProvider, Provider

BUNDLES = METADATA.tables["bundles"]


def test_a_policy_travels_as_a_file(provider: Provider, owner: Browser) -> None:
    """Comments and order included; what is brought in is a draft, and nothing is in force by it."""
    live = provider.stored("live_bundle", "version")
    home = owner.get(HOME)
    file = owner.get(home.document.link("export"))
    assert file.header("content-type") == "application/yaml; charset=utf-8"
    assert file.header("content-disposition").startswith('attachment; filename="demo-')
    page = owner.follow(owner.submit(owner.get(f"{HOME}/import"), {"text": file.text}, button="import-submit"))
    assert page.has("save")
    assert owner.get(page.document.link("download")).text == file.text
    assert provider.stored("live_bundle", "version") == live
    assert "policy.imported" in provider.stored("audit_events", "name")
    with_file = upload(owner, DEFAULT.encode())
    assert owner.get(with_file.document.link("download")).text == DEFAULT


def upload(owner: Browser, content: bytes) -> Page:
    form = owner.get(f"{HOME}/import").document.form_with("import-submit")
    token = dict(form.entries({}, None))["csrf_token"]
    parts = [
        b'--xx\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + token.encode(),
        b'--xx\r\nContent-Disposition: form-data; name="text"\r\n\r\n',
        b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.yaml"\r\n'
        b"Content-Type: application/yaml\r\n\r\n" + content,
        b"--xx--\r\n",
    ]
    headers = {"Content-Type": "multipart/form-data; boundary=xx"}
    return owner.follow(owner.post(f"{HOME}/import", {}, headers=headers, body=b"\r\n".join(parts)))


def test_adm_28_what_the_editor_refuses_is_not_brought_in(provider: Provider, owner: Browser) -> None:
    """ADM-28: told by line, and nothing is kept; nor is it by whoever may only look."""
    for text in (DEFAULT.replace("valid_for", "valid_fro", 1), "", "bundle: &a x"):
        refused = owner.submit(owner.get(f"{HOME}/import"), {"text": text}, button="import-submit")
        assert refused.status == 422
        assert refused.has("problem")
    assert "Line" in owner.submit(owner.get(f"{HOME}/import"), {"text": "bundle: &a x"}, button="import-submit").text
    assert upload(owner, b"\xff\xfe").status == 422
    auditor, _ = staff(provider, "auditor")
    assert auditor.get(f"{HOME}/import").status == 403
    assert provider.count("bundle_drafts") == 0


def test_each_version_can_be_read_with_what_it_changed(provider: Provider, owner: Browser) -> None:
    """From the history of what was in force, by anybody who may look; what never was is not found."""
    first = begun(owner)
    page = saved(owner, first, with_rule(text_of(first)))
    home = owner.follow(owner.submit(page, button="publish"))
    assert "In force." in home.document.text
    (version,) = provider.stored("live_bundle", "version")
    shown = owner.get(f"{HOME}/versions/{version}")
    assert "everybody-twice" in shown.document.text_in("changes")
    (parent,) = {each for each in provider.stored("bundles", "version") if each != version}
    assert "It was, from" in owner.get(f"{HOME}/versions/{parent}").document.text
    assert owner.get(f"{HOME}/versions/none").status == 404
    assert owner.get(f"{HOME}/versions/none/file").status == 404


def test_a_version_is_compared_with_any_other(provider: Provider, owner: Browser) -> None:
    """An administrator chooses which: the page says in words what is otherwise, and the API says the same."""
    api = robot(provider)
    versions = [*provider.stored("live_bundle", "version")]
    for change in (with_rule, lambda text: text.replace("valid_for: 24h", "valid_for: 12h", 1)):
        draft = begun(owner)
        owner.submit(saved(owner, draft, change(text_of(draft))), button="publish")
        versions += provider.stored("live_bundle", "version")
    oldest, middle, newest = versions
    page = owner.get(f"{HOME}/versions/{newest}")
    assert "everybody-twice" not in page.document.text_in("changes")
    chosen = owner.submit(page, {"beside": oldest}, button="compare")
    assert "everybody-twice" in chosen.document.text_in("changes")
    assert f"What it does otherwise than version {oldest[:12]}" in chosen.document.text
    backwards = owner.get(f"{HOME}/versions/{oldest}?beside={newest}").document.text_in("changes")
    assert "everybody-twice" in backwards
    assert backwards != chosen.document.text_in("changes")
    assert owner.get(f"{HOME}/versions/{newest}?beside=none").status == 404
    told = api.get(f"/policies/versions/{newest}/changes?beside={oldest}")
    assert (told["version"], told["beside"], told["readable"]) == (newest, oldest, True)
    assert any("everybody-twice" in each["text"] for each in told["changes"])
    assert api.get(f"/policies/versions/{newest}/changes")["beside"] == middle
    assert api.call("GET", f"/policies/versions/{oldest}/changes").status == 404
    assert api.call("GET", f"/policies/versions/{newest}/changes?beside=none").status == 404


def test_a_version_that_no_release_reads_any_more_is_not_compared(provider: Provider, owner: Browser) -> None:
    """It is said, on the page and through the API, instead of an error."""
    draft = begun(owner)
    owner.submit(saved(owner, draft, with_rule(text_of(draft))), button="publish")
    (newest,) = provider.stored("live_bundle", "version")
    (oldest,) = {*provider.stored("bundles", "version")} - {newest}
    with provider.database.transaction() as tx:
        tx.change(update(BUNDLES).where(BUNDLES.c.version == oldest).values(text="bundle: of another age"))
    page = owner.get(f"{HOME}/versions/{newest}")
    assert "cannot be read by this release" in page.document.text_in("comparison")
    told = robot(provider).get(f"/policies/versions/{newest}/changes")
    assert (told["readable"], told["changes"]) == (False, [])


def test_drift_from_a_file_that_is_the_truth_is_shown(make_provider: MakeProvider, tmp_path: Path) -> None:
    """What is in force is compared with the file; the page says what the file would change."""
    file = tmp_path / "policy.yaml"
    file.write_text(DEFAULT)
    provider = make_provider(policy=str(file), is_fresh=True, IDP_POLICY_SOURCE="file")
    owner, _ = staff(provider, "owner")
    assert "What is in force is what it says." in owner.get(HOME).document.text_in("drift")
    file.write_text(DEFAULT.replace("{after: 10, for: 15m, ceiling: 100}", "{after: 9, for: 15m, ceiling: 100}"))
    assert "The file says something else" in owner.get(HOME).document.text_in("drift")
    file.write_text("bundle: broken")
    assert "missing" in owner.get(HOME).document.text_in("drift")
    page = saved(owner, begun(owner), DEFAULT + "# mine\n" + "zones: {hq: [192.0.2.0/24]}\n")
    assert owner.submit(page, button="publish").status == 422
