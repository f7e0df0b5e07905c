"""What is installed is what was tested: the wheel holds every file, and works without the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
SHIPPED = ("policies", "templates")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built in this process."""
    built = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("dist")), versions=["standard"])
    return Path(next(built))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files in a folder, as an installer would lay them out."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.parametrize("folder", SHIPPED)
def test_wheel_holds_every_shipped_file(wheel: Path, folder: str) -> None:
    """Policies and templates lie inside the package (architecture.md §9)."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and path.name != ".gitkeep"]
    assert files
    for file in files:
        assert f"idp/_shipped/{folder}/{file.relative_to(ROOT / folder).as_posix()}" in names


def test_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """Styles, marks and the bank's pages too."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    files = [path for path in (ROOT / "idp").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {path.relative_to(ROOT).as_posix() for path in files} <= names


def test_wheel_works_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    """From an empty folder: an installation comes to be, and the app is built, from the wheel's files alone."""
    program = (
        f"import sys; sys.path = [{str(installed)!r}, *[p for p in sys.path if p != {str(ROOT)!r}]]\n"
        "from idp.cli.main import main\n"
        "import idp.app\n"
        f"assert idp.app.__file__.startswith({str(installed)!r}), idp.app.__file__\n"
        "main(['init'], standalone_mode=False)\n"
        "idp.app.wsgi()\n"
        "main(['policy', 'lint', 'demo'], standalone_mode=False)\n"
    )
    environ = {"IDP_SECRET_KEYS": "0123456789abcdef" * 3, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "var" / "idp.sqlite3").is_file()
