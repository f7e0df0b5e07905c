"""The live policy: from the database, and never a broken one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from idp.core.assurance import traits_table
from idp.core.errors import ConfigError, NotFoundError
from idp.login.policies import Policies
from idp.policy.discovery import acr_values_supported
from idp.policy.language import Bundle
from idp.policy.loader import load_path
from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion
from idp.storage import versions
from idp.storage.engine import Database
from tests.login.kit import ROOT, Desk

DEMO, DEFAULT = ROOT / "policies" / "demo.yaml", ROOT / "policies" / "default.yaml"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
AT_ONCE = 16
"""As many as a process has connections."""


def publish(desk: Desk, text: str, version: str) -> None:
    with desk.database.transaction() as tx:
        bundles.add(tx, BundleVersion(version=version, name="new", text=text, parent="", created_at=NOW))
        bundles.publish(tx, version, NOW)
        versions.bump(tx, "bundle")


def test_policies_follow_what_is_published(desk: Desk) -> None:
    """A published version decides from the next request on; until then the loaded one is kept."""
    with desk.database.transaction() as tx:
        first = desk.policies.live(tx)
        assert desk.policies.live(tx) is first
    publish(desk, DEFAULT.read_text(), "v2")
    with desk.database.transaction() as tx:
        assert (first.name, desk.policies.live(tx).name) == ("demo", "default")


def test_flt_43_policy_is_read_once_for_all_who_come_after_a_change(desk: Desk) -> None:
    """FLT-43: single flight: all who ask at once after a publication get the very same bundle, read once."""
    with desk.database.transaction() as tx:
        first = desk.policies.live(tx)
    publish(desk, DEFAULT.read_text(), "v2")
    start = Barrier(AT_ONCE)

    def ask(_: int) -> Bundle:
        with desk.database.transaction() as tx:
            start.wait()
            return desk.policies.live(tx)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(ask, range(AT_ONCE)))
    assert {bundle.name for bundle in found} == {"default"}
    assert len({id(bundle) for bundle in found}) == 1
    assert found[0] is not first


def test_policies_keep_the_last_good_bundle(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A bundle that does not load never takes effect, and the log says why."""
    with desk.database.transaction() as tx:
        first = desk.policies.live(tx)
    publish(desk, "bundle: [", "broken")
    with desk.database.transaction() as tx:
        assert desk.policies.live(tx) is first
    assert "broken" in caplog.text


def test_policies_go_back_to_what_was_published_before_after_a_restart(desk: Desk) -> None:
    """A restart on a broken bundle serves by the one published last that still loads."""
    publish(desk, DEFAULT.read_text(), "v2")
    publish(desk, "acr: [", "broken-too")
    publish(desk, "bundle: [", "broken")
    with desk.database.transaction() as tx:
        assert Policies(traits=traits_table()).live(tx).name == "default"


def test_policies_refuse_to_start_where_there_never_was_a_good_bundle(database: Database) -> None:
    """Without a last good one there is nothing to fall back to."""
    with database.transaction() as tx:
        for version in ("broken", "broken-too"):
            bundles.add(tx, BundleVersion(version=version, name="new", text="bundle: [", parent="", created_at=NOW))
            bundles.publish(tx, version, NOW)
    with database.transaction() as tx, pytest.raises(ConfigError):
        Policies(traits=traits_table()).live(tx)


def test_policies_promise_nothing_by_a_factor_that_is_not_installed(desk: Desk) -> None:
    """A listed factor that this installation does not have is off, so discovery names no level that needs it."""
    with desk.database.transaction() as tx:
        bundle = Policies(traits=traits_table(), installed={"password", "totp"}).live(tx)
    assert (bundle.first, bundle.order) == (("password",), ("password", "totp"))
    assert "phr" not in acr_values_supported(bundle)


def test_policies_are_loaded_from_the_file_at_the_first_start_only(desk: Desk) -> None:
    """Afterwards the database is the truth."""
    with desk.database.transaction() as tx:
        desk.policies.ensure(tx, DEFAULT)
        assert desk.policies.live(tx).name == "demo"


def test_policies_say_that_there_is_none(database: Database) -> None:
    """An empty database decides nothing."""
    with database.transaction() as tx, pytest.raises(NotFoundError):
        Policies(traits=traits_table()).live(tx)


def test_policies_publish_again_what_was_there_and_not_live(database: Database) -> None:
    """A version that was stored before is published, not stored twice."""
    policies = Policies(traits=traits_table())
    with database.transaction() as tx:
        bundle = load_path(DEMO, traits=traits_table())
        bundles.add(tx, BundleVersion(version=bundle.version, name="demo", text=bundle.text, parent="", created_at=NOW))
        policies.ensure(tx, DEMO)
        assert policies.live(tx).version == bundle.version
