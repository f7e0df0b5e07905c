"""Who takes part: the clients and people that every server is given, by the same names and secrets."""

import base64
import hashlib

from tests.support.authenticator import Authenticator

API = "https://api.bench.example"
CALLBACK = "https://rp.bench.example/cb"
BYE = "https://rp.bench.example/bye"
PASSWORD = "a passphrase that everybody shares here"
SCOPE = "openid email offline_access"
PEOPLE = tuple(f"person{number}" for number in range(64))
STEPPING = tuple(f"stepper{number}" for number in range(768))
"""Who has an authenticator app: a code is good once, so each step-up takes somebody else."""

KEYED = tuple(f"keyholder{number}" for number in range(512))
"""Who has a passkey, for the same reason."""
DEVICES: dict[tuple[str, str], Authenticator] = {}
"""What each of them holds in the hand, for each issuer; filled when the product is given its people."""

WEB = "web"
ROBOTS = {"robot-opaque": "opaque", "robot-es256": "jwt", "robot-rs256": "jwt"}
SECRETS = {name: hashlib.sha256(name.encode()).hexdigest() for name in (WEB, *ROBOTS)}

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def basic(client_id: str) -> str:
    """Return the header line by which a client proves itself."""
    pair = f"{client_id}:{SECRETS[client_id]}"
    return "Authorization: Basic " + base64.b64encode(pair.encode()).decode() + "\r\n"


def totp_secret(person: str) -> str:
    """Return the base32 seed of somebody's authenticator app."""
    return base64.b32encode(hashlib.sha256(person.encode()).digest()[:20]).decode()


def node_clients() -> list[dict[str, object]]:
    """Return the clients as oidc-provider takes them."""
    robots: list[dict[str, object]] = [
        {"client_id": name, "grant_types": ["client_credentials"], "redirect_uris": [], "response_types": []}
        for name in ROBOTS
    ]
    web: dict[str, object] = {
        "client_id": WEB,
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [BYE],
        "response_types": ["code"],
    }
    return [{**client, "client_secret": SECRETS[str(client["client_id"])]} for client in (web, *robots)]


def client_of(authorization: str) -> str:
    """Return the client that a Basic header names, unchecked."""
    return base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")[0]
