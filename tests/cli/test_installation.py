"""What every command starts from."""

from pathlib import Path

import pytest

from idp.cli.installation import passkey_site, shared_of
from idp.core.errors import ConfigError
from idp.settings import Settings
from tests.support.attestation import MODEL, Maker
from tests.support.provider import environ_for


def settings(**changes: str) -> Settings:
    return Settings.from_env(environ_for("sqlite:///x.sqlite3") | changes)


def test_passkey_site_follows_from_the_issuer() -> None:
    """Without settings of their own passkeys work at the issuer alone, and nothing is attested."""
    site = passkey_site(settings())
    assert (site.rp_id, site.origins, site.models) == ("localhost", ("http://localhost:8000",), {})


def test_passkey_site_as_it_is_set() -> None:
    """`IDP_WEBAUTHN_RP_ID` and `IDP_WEBAUTHN_ORIGINS`."""
    changes = {
        "IDP_ISSUER": "https://id.example.com",
        "IDP_WEBAUTHN_RP_ID": "example.com",
        "IDP_WEBAUTHN_ORIGINS": "https://id.example.com,https://shop.example.com",
    }
    site = passkey_site(settings(**changes))
    assert (site.rp_id, site.name) == ("example.com", "id.example.com")
    assert site.origins == ("https://id.example.com", "https://shop.example.com")


def test_passkey_site_reads_metadata(tmp_path: Path) -> None:
    """`IDP_FIDO_METADATA` names a file."""
    file = tmp_path / "metadata.json"
    file.write_bytes(Maker().metadata())
    assert list(passkey_site(settings(IDP_FIDO_METADATA=str(file))).models) == [MODEL]


def test_metadata_that_cannot_be_believed_stops_the_start(tmp_path: Path) -> None:
    """Better no service than one that believes nobody knows what: the mistake is told under the setting's name."""
    file = tmp_path / "metadata.jwt"
    file.write_bytes(Maker().blob(Maker().metadata()))
    with pytest.raises(ConfigError, match="IDP_FIDO_METADATA"):
        passkey_site(settings(IDP_FIDO_METADATA=str(file)))


@pytest.mark.parametrize("url", ["redis://localhost:6379/0?colour=red", "redis://localhost:6379/0?db=first"])
def test_redis_address_that_nobody_understands_is_told_before_the_start(url: str) -> None:
    """What the client would refuse at the first form is a mistake of the settings, and its password is not shown."""
    with pytest.raises(ConfigError) as told:
        shared_of(settings(IDP_REDIS_URL=url.replace("//", "//:hidden-password@")))
    assert [problem.key for problem in told.value.problems] == ["IDP_REDIS_URL"]
    assert "hidden-password" not in str(told.value)
