"""The seed: people and a bank at the first start, the same ones at every later one."""

import stat
from pathlib import Path

import pytest

from idp.cli.demo import announcement, prepare
from idp.core.errors import ConfigError
from idp.demo import seed
from idp.demo.place import Place


def test_seed_writes_what_a_script_needs(place: Place) -> None:
    """demo.json keeps its shape (surface.md) and is its owner's alone."""
    document = seed.read(place)
    assert set(document) == {"issuer", "people", "clients"}
    assert set(document["people"]) == {"alice", "bob", "carol", "dave", "admin"}
    for name, person in document["people"].items():
        assert set(person) == {"username", "password", "totp_secret", "email", "phone"}
        assert person["username"] == name
        assert len(person["password"]) >= 15
        assert bool(person["totp_secret"]) == (name in {"bob", "admin"})
    assert set(document["clients"]["bank"]) == {"client_id", "client_secret", "redirect_uris"}
    assert stat.S_IMODE(place.people_file.stat().st_mode) == 0o600


def test_seed_again_changes_nothing(place: Place) -> None:
    """The second start finds everybody as they were."""
    before = place.people_file.read_bytes()
    prepare(place)
    assert place.people_file.read_bytes() == before


def test_seed_follows_the_bank_to_another_port(place: Place) -> None:
    """The same people on other ports: only the addresses change."""
    before = seed.read(place)
    moved = Place(var=place.var, port=place.port, rp_port=place.rp_port + 1)
    prepare(moved)
    after = seed.read(moved)
    assert after["people"] == before["people"]
    assert after["clients"]["bank"]["client_secret"] == before["clients"]["bank"]["client_secret"]
    assert after["clients"]["bank"]["redirect_uris"] == [moved.callback]


def test_seed_says_when_the_passwords_are_lost(place: Place) -> None:
    """The database holds hashes alone; without demo.json nobody could sign in."""
    place.people_file.unlink()
    with pytest.raises(ConfigError, match="remove the folder"):
        prepare(place)


def test_announcement_names_addresses_and_people(place: Place, tmp_path: Path) -> None:
    """A newcomer sees where to begin and as whom."""
    text = announcement(place)
    assert place.bank in text
    assert place.issuer in text
    assert all(person["password"] in text for person in seed.read(place)["people"].values())
