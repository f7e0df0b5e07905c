"""Where one demo lives: its folder, its two addresses, and the settings that follow from them.

Secrets are drawn at the first start and kept in the folder, readable by their owner alone; a second start finds them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from idp.core.tokens import Tokens

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One demo's whereabouts."""

    var: Path
    port: int
    rp_port: int

    @property
    def issuer(self) -> str:
        """The provider's address."""
        return f"http://localhost:{self.port}"

    @property
    def bank(self) -> str:
        """The bank's address."""
        return f"http://localhost:{self.rp_port}"

    @property
    def callback(self) -> str:
        """Where the provider sends people back to."""
        return f"{self.bank}/callback"

    @property
    def api(self) -> str:
        """The payments API behind the bank, as access tokens name it (RFC 8707)."""
        return f"{self.bank}/payments"

    @property
    def phone_file(self) -> Path:
        """The keys that were typed into the demo's authenticator app."""
        return self.var / "phone.json"

    @property
    def people_file(self) -> Path:
        """What a script needs to drive the demo."""
        return self.var / "demo.json"

    def environ(self) -> Mapping[str, str]:
        """Return the provider's settings. Nothing is taken from outside: a demo is the same everywhere."""
        return {
            "IDP_ISSUER": self.issuer,
            "IDP_DATABASE_URL": f"sqlite:///{(self.var / 'idp.sqlite3').resolve()}",
            "IDP_SECRET_KEYS_FILE": str(self._secret_file("secret.key").resolve()),
            "IDP_POLICY": "demo",
            "IDP_LOG_FORMAT": "text",
            "IDP_LOG_LEVEL": "error",
        }

    def prepare(self, tokens: Tokens) -> None:
        """Make the folder and what is secret in it, unless there already."""
        self.var.mkdir(parents=True, exist_ok=True)
        if not self._secret_file("secret.key").exists():
            write_secret(self._secret_file("secret.key"), tokens.token())

    def _secret_file(self, name: str) -> Path:
        return self.var / name


def write_secret(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, from its first moment, whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
