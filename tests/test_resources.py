"""policies/ and templates/ are found in a checkout and in a wheel."""

import pytest

from idp.core.errors import ConfigError
from idp.resources import shipped


def test_shipped_is_what_the_setting_names(tmp_path):
    """An override wins over everything shipped."""
    assert shipped("policies", override=tmp_path) == tmp_path


def test_shipped_is_found_in_this_checkout():
    """Beside `idp/`, where pyproject.toml lies."""
    assert (shipped("policies").parent / "pyproject.toml").is_file()


def test_shipped_prefers_the_wheels_own_folder(tmp_path):
    """An installed wheel carries the folders inside the package."""
    (tmp_path / "idp/_shipped/templates").mkdir(parents=True)
    assert shipped("templates", package=tmp_path / "idp") == tmp_path / "idp/_shipped/templates"


def test_shipped_ignores_a_strangers_folder(tmp_path):
    """A folder `policies` in site-packages, without our pyproject.toml beside it, is not ours."""
    (tmp_path / "policies").mkdir()
    with pytest.raises(ConfigError, match="policies: the folder policies is missing"):
        shipped("policies", package=tmp_path / "idp")
