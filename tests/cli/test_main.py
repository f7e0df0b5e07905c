"""What all commands have in common: exit codes, and mistakes in words."""

import subprocess
import sys

import pytest

from idp import __version__
from tests.cli.conftest import Idp


def test_help_lists_the_commands(idp: Idp) -> None:
    """Whoever types `idp` sees what there is."""
    result = idp("--help")
    assert result.exit_code == 0
    for name in ("client", "db", "demo", "init", "keys", "policy", "serve", "user"):
        assert f"\n  {name} " in result.stdout


def test_version_is_the_packages(idp: Idp) -> None:
    """One version, in one place."""
    assert idp("--version").stdout == f"idp, version {__version__}\n"


def test_wrong_usage_is_exit_2(idp: Idp) -> None:
    """Scripts can tell wrong usage from failure (surface.md)."""
    assert idp("user", "add").exit_code == 2
    assert idp("nonsense").exit_code == 2


def test_settings_are_all_checked_before_anything_happens(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mistake is a line on stderr that names its setting; nothing is on stdout, the exit code is 1."""
    monkeypatch.setenv("IDP_SECRET_KEYS", "short")
    monkeypatch.setenv("IDP_LOG_LEVEL", "loud")
    monkeypatch.setenv("IDP_ISUER", "https://id.example.com")
    result = idp("init")
    assert (result.exit_code, result.stdout) == (1, "")
    assert [line.split(": ")[:2] for line in result.stderr.splitlines()] == [
        ["idp", "IDP_ISUER"],
        ["idp", "IDP_SECRET_KEYS"],
        ["idp", "IDP_LOG_LEVEL"],
    ]


def test_commands_refuse_a_database_without_tables(idp: Idp) -> None:
    """A command that needs tables says how to make them."""
    result = idp("user", "list")
    assert result.exit_code == 1
    assert "idp db upgrade" in result.stderr


def test_what_is_missing_is_told_in_words(ready: Idp) -> None:
    """Somebody who is not there is a sentence, not a traceback."""
    result = ready("user", "show", "nobody")
    assert (result.exit_code, result.stderr) == (1, "Error: there is nobody called nobody\n")


def test_the_module_is_the_command() -> None:
    """`python -m idp.cli` works where no script is on the PATH."""
    done = subprocess.run([sys.executable, "-m", "idp.cli", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"idp, version {__version__}\n"
