"""Where a demo lives: everything follows from a folder and two ports, and secrets are their owner's alone."""

import stat
from pathlib import Path

from idp.core.tokens import SystemTokens
from idp.demo.place import Place, write_secret
from idp.settings import Settings


def test_place_names_both_addresses(tmp_path: Path) -> None:
    """The settings are complete and depend on nothing outside."""
    place = Place(var=tmp_path / "var", port=8123, rp_port=8124)
    place.prepare(SystemTokens())
    settings = Settings.from_env(place.environ())
    assert (settings.issuer, place.callback) == ("http://localhost:8123", "http://localhost:8124/callback")
    assert settings.policy == "demo"


def test_place_draws_secrets_once(tmp_path: Path) -> None:
    """A second start finds the same keys; nobody else may read them."""
    place = Place(var=tmp_path / "var", port=8123, rp_port=8124)
    place.prepare(SystemTokens())
    first = Settings.from_env(place.environ()).secret_keys
    place.prepare(SystemTokens())
    assert Settings.from_env(place.environ()).secret_keys == first
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.var.iterdir()} == {0o600}


def test_write_secret_replaces_whole_files(tmp_path: Path) -> None:
    """A file that is there is replaced, and what was left of an earlier attempt does not matter."""
    (tmp_path / "it.new").write_text("left over")
    write_secret(tmp_path / "it", "one")
    write_secret(tmp_path / "it", "two")
    assert (tmp_path / "it").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["it"]
