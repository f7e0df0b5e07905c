"""Every shipped bundle: it is named as its file, lint finds no error, and its own tests pass."""

from pathlib import Path

import pytest

from idp.core.assurance import traits_table
from idp.policy.lint import lint
from idp.policy.loader import load_path
from idp.policy.trial import run
from idp.resources import shipped

PATHS = sorted(shipped("policies").glob("*.yaml"))
TESTS = [
    pytest.param(path, example.name, id=f"{path.stem}: {example.name}")
    for path in PATHS
    for example in load_path(path, traits=traits_table()).tests
]


PRESETS = ("always-mfa", "adaptive", "step-up-only", "nist-aal2", "pci-dss", "hipaa", "phishing-resistant-admins")


@pytest.mark.parametrize("name", ["default", "demo", *PRESETS])
def test_shipped_bundle_is_there(name: str) -> None:
    """A new installation starts from `default`, the demo from `demo`; presets stand beside them."""
    assert name in {path.stem for path in PATHS}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_shipped_bundle_is_clean_and_named_as_its_file(path: Path) -> None:
    """A shipped bundle could be published as it is, and its header says what it is for."""
    bundle = load_path(path, traits=traits_table())
    assert (bundle.name, lint(bundle).errors) == (path.stem, ())
    assert bundle.text.startswith(f"# {path.stem}: ")


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_shipped_bundle_decides_as_its_tests_say(path: Path, name: str) -> None:
    """The bundle's own tests are its decision table."""
    bundle = load_path(path, traits=traits_table())
    example = next(example for example in bundle.tests if example.name == name)
    assert run(bundle, example).differences == ()
