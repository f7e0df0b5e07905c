"""An installation for each test: `idp` takes its arguments and gives back what it printed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli.main import main

KEY = "6b1f2d90c4a7e835" * 2
Idp = Callable[..., Result]


def environ_in(folder: Path) -> dict[str, str]:
    """Return the settings of an installation in a folder of its own."""
    return {
        "IDP_DATABASE_URL": f"sqlite:///{folder / 'var' / 'idp.sqlite3'}",
        "IDP_SECRET_KEYS": KEY,
        "IDP_ARGON2": "m=8,t=1,p=1",
    }


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return environ_in(tmp_path)


@pytest.fixture
def idp(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Idp:
    """Run one command in the installation."""
    return runner(environ, monkeypatch)


def runner(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Idp:
    """Return what runs commands in the installation of these settings."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(main, arguments, input=stdin, prog_name="idp")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture(scope="session")
def initialised(session_folder: Path) -> Path:
    """What `idp init` makes, once."""
    folder = session_folder / "installation"
    assert CliRunner(env=environ_in(folder)).invoke(main, ["init"], prog_name="idp").exit_code == 0
    return folder / "var"


@pytest.fixture
def ready(idp: Idp, initialised: Path, tmp_path: Path) -> Idp:
    """An installation after `idp init`."""
    shutil.copytree(initialised, tmp_path / "var")
    return idp
