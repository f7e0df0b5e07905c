"""The import contracts hold, and fail when they are broken on purpose."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and of its contracts, to be broken."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "idp", folder / "idp", ignore=shutil.ignore_patterns("__pycache__", "_shipped"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package that lies in `folder`."""
    program = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_logo=True))"
    arguments = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {program}"]
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_contracts_hold(copy: Path) -> None:
    """The house stands."""
    done = lint(copy)
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("core/clock.py", "import idp.web.wire", "imports only go down"),
        ("login/steps.py", "import idp.oidc.request", "imports only go down"),
        ("oidc/request.py", "import idp.admin", "imports only go down"),
        ("resource_server/model.py", "import idp.policy.model", "imports only go down"),
        ("records/users/store.py", "import idp.records.clients.store", "records do not import each other"),
        ("policy/engine.py", "import sqlalchemy", "the core is pure"),
        ("records/grants/model.py", "import idp.storage.tx", "the core is pure"),
        ("login/service.py", "import flask", "Flask lives in web and in views"),
        ("oidc/discovery.py", "import werkzeug", "Flask lives in web and in views"),
        ("login/service.py", "import sqlalchemy", "SQL lives in storage and in stores"),
        ("oidc/discovery.py", "import authlib", "Authlib lives in its seam"),
        ("cli/serve.py", "import idp.login.views", "views are mounted by app alone"),
    ],
)
def test_contracts_fail_when_broken(copy: Path, file: str, line: str, contract: str) -> None:
    """Each contract notices the import that it forbids."""
    module = copy / "idp" / file
    kept = module.read_text()
    module.write_text(f"{kept}\n{line}\n")
    try:
        done = lint(copy)
    finally:
        module.write_text(kept)
    assert done.returncode == 1, done.stdout
    assert f"{contract} BROKEN" in done.stdout


def test_contracts_notice_a_new_folder(copy: Path) -> None:
    """A folder that stands on no floor is an error (`exhaustive`)."""
    (copy / "idp" / "utils").mkdir()
    (copy / "idp" / "utils" / "__init__.py").write_text('"""Things."""\n')
    try:
        done = lint(copy)
    finally:
        shutil.rmtree(copy / "idp" / "utils")
    assert done.returncode == 1
    assert "imports only go down BROKEN" in done.stdout
