"""`IDP_KEY_MODULE` on the command line: a token from `idp init` on, and modules that Python packages offer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Idp
from tests.cli.test_doctor import examined
from tests.support.softhsm import Token, soft_token

MODULE = """
from idp.records.keys.modules.software import Software

class Vault(Software):
    name = "vault"
    def __init__(self, text):
        if not text.endswith(":here"):
            raise ValueError("must be vault:here")
    def make(self, alg):
        pair = super().make(alg)
        return type(pair)(public=pair.public, private={**pair.private, "module": "vault"})

class Nameless(Vault):
    name = ""

class Broken:
    def __init__(self, text):
        raise RuntimeError(text)
"""


@pytest.fixture
def token(tmp_path: Path) -> Iterator[Token]:
    with soft_token(tmp_path) as it:
        yield it


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that offers modules of its own."""
    (tmp_path / "made_up_vault.py").write_text(MODULE)
    info = tmp_path / "made_up_vault-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up-vault\nVersion: 1.0\n")
    points = [f"{name.lower()} = made_up_vault:{name}" for name in ("Vault", "Nameless", "Broken", "Missing")]
    (info / "entry_points.txt").write_text("\n".join(["[idp.key_modules]", *points]))
    monkeypatch.syspath_prepend(tmp_path)


def test_keys_are_made_in_the_token_and_doctor_signs_with_them(
    idp: Idp, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both keys of each algorithm; whoever takes the token or the setting away is told which of the two it was."""
    monkeypatch.setenv("IDP_KEY_MODULE", token.uri)
    assert idp("init").exit_code == 0
    assert idp("keys", "rotate", "--alg", "ES256").exit_code == 0
    assert {row["state"] for row in examined(idp)[1]["keys"]} == {"ok"}
    token.take_away()
    refused, failed = idp("keys", "rotate"), examined(idp)[1]["keys"]
    token.put_back()
    assert (refused.exit_code, refused.stderr) == (
        1,
        "Error: what this needs is busy or away (NoSuchToken); nothing was done\n",
    )
    assert [(row["state"], row["mend"]) for row in failed] == [("failed", "see to what IDP_KEY_MODULE names")] * 2
    assert "cannot be reached" in failed[0]["found"]
    assert "NoSuchToken" in failed[0]["found"]
    monkeypatch.delenv("IDP_KEY_MODULE")
    assert "is in pkcs11, which is not named here" in examined(idp)[1]["keys"][0]["found"]


def test_a_package_may_offer_a_module(idp: Idp, offered: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the scheme of its name; what it makes is found again through it alone."""
    monkeypatch.setenv("IDP_KEY_MODULE", "vault:here")
    assert idp("init").exit_code == 0
    assert {row["state"] for row in examined(idp)[1]["keys"]} == {"ok"}
    monkeypatch.delenv("IDP_KEY_MODULE")
    assert "is in vault, which is not named here" in examined(idp)[1]["keys"][0]["found"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("vault:there", "must be vault:here"),
        ("nameless:here", "calls itself ''"),
        ("broken:x", "does not load (RuntimeError)"),
        ("missing:x", "does not load (AttributeError)"),
        ("kms:x", "what is installed offers broken:, missing:, nameless:, pkcs11:, vault:"),
    ],
)
def test_module_with_mistakes_starts_nothing(
    idp: Idp, offered: None, monkeypatch: pytest.MonkeyPatch, value: str, words: str
) -> None:
    """Told under the setting's name, before anything is made."""
    monkeypatch.setenv("IDP_KEY_MODULE", value)
    result = idp("init")
    assert result.exit_code == 1
    assert "IDP_KEY_MODULE" in result.stderr
    assert words in result.stderr
