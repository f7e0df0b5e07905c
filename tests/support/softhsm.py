"""A PKCS #11 token of the tests' own: SoftHSM, which keeps one in a folder; it can be taken away and put back."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pkcs11

_PIN = "271828"
_LABEL = "our keys"


def _library() -> str:
    found = [*Path("/usr/lib").glob("**/libsofthsm2.so"), *Path("/usr/local/lib").glob("**/libsofthsm2.so")]
    assert found, "SoftHSM is not installed: see .ci/packages"
    return str(found[0])


class Token:
    """One token."""

    def __init__(self, folder: Path) -> None:
        self._tokens = folder / "tokens"
        self._away = folder / "away"
        self._pin = folder / "pin"
        self._pin.write_text(f"{_PIN}\n")
        self.module_path = _library()
        self._tokens.mkdir()
        self.uri = self.address(f"pin-source=file:{self._pin}")
        """What `IDP_KEY_MODULE` says of it."""

    def address(self, pin: str, *, label: str = _LABEL) -> str:
        return f"pkcs11:token={label.replace(' ', '%20')}?module-path={self.module_path}&{pin}"

    def begin(self) -> None:
        """Make the token, as whoever sets up the module does."""
        command = ["softhsm2-util", "--init-token", "--free", "--label", _LABEL, "--so-pin", "314159", "--pin", _PIN]
        subprocess.run(command, check=True, capture_output=True)

    def forget(self) -> None:
        """End all sessions with the library, as a restart of the module does."""
        pkcs11.lib(self.module_path).finalize()

    def take_away(self) -> None:
        """Let there be no token."""
        self._tokens.rename(self._away)
        self._tokens.mkdir()
        self.forget()

    def put_back(self) -> None:
        """Let the token be there again."""
        self._tokens.rmdir()
        self._away.rename(self._tokens)
        self.forget()


@contextmanager
def soft_token(folder: Path) -> Iterator[Token]:
    """Make a token in a folder, and leave nothing of it in this process."""
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    token = Token(folder)
    try:
        token.begin()
        yield token
    finally:
        token.forget()
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before
