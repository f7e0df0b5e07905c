"""The people and the application of the demo, made at the first start with passwords of their own.

`var/demo.json` holds what a script needs to drive the demo; its shape is fixed (surface.md).
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from idp.cli.people import NewPerson, People
from idp.core.clock import Clock
from idp.core.errors import ConfigError, Problem
from idp.core.tokens import Tokens, digest
from idp.demo.bank import NAME
from idp.demo.bank.farewells import PATH as FAREWELLS
from idp.demo.place import HOST, Place, write_secret
from idp.factors.password import Password
from idp.records.clients import metadata
from idp.records.clients import store as clients
from idp.records.clients.model import Client, ClientSecret
from idp.storage.tx import Tx

BANK = "bank"
_WORDS = (
    "amber birch cedar coral crane delta ember fable grove harbor island jasper kettle lagoon linden maple meadow "
    "nectar olive orchid pebble plume quartz raven ripple saddle sierra silver thistle timber velvet willow"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """One of the seeded people, before their secrets are drawn."""

    username: str
    display_name: str
    phone: str
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    has_app: bool = False
    has_texts: bool = False


CHARACTERS = (
    Character(username="alice", display_name="Alice Aalto", phone="+12025550101"),
    Character(username="bob", display_name="Bob Baker", phone="+12025550102", has_app=True),
    Character(username="carol", display_name="Carol Costa", phone="+12025550103", has_texts=True),
    Character(username="dave", display_name="Dave Dubois", phone="+12025550104", groups=("staff",)),
    Character(username="admin", display_name="Ada Min", phone="+12025550105", roles=("owner",), has_app=True),
)


class Seed:
    """Plants the demo's people and its bank."""

    def __init__(self, *, clock: Clock, tokens: Tokens) -> None:
        self._clock = clock
        self._tokens = tokens

    def plant(self, tx: Tx, place: Place) -> None:
        """Make everything at the first start; at a later one only what the bank says of itself, if that is new."""
        bank = clients.get(tx, BANK)
        if bank is None:
            self._plant(tx, place)
        elif not place.people_file.exists():
            text = "is missing, and the passwords are nowhere else; remove the folder to start afresh"
            raise ConfigError([Problem(text, file=str(place.people_file))])
        elif metadata.amend(bank, _document(place)) != bank:
            self._move(tx, bank, place)

    def _plant(self, tx: Tx, place: Place) -> None:
        people, hasher = People(tokens=self._tokens), Password()
        members = {person.username: self._person(tx, people, hasher, person) for person in CHARACTERS}
        secret, now = self._tokens.token(), self._clock.now()
        bank = metadata.parse(_document(place), client_id=BANK, now=now)
        clients.add(tx, replace(bank, secrets=(ClientSecret(secret_hash=digest(secret), created_at=now),)))
        shown = {"client_id": BANK, "client_secret": secret, "redirect_uris": [place.callback]}
        _write(place, {"issuer": place.issuer, "people": members, "clients": {BANK: shown}})

    def _move(self, tx: Tx, bank: Client, place: Place) -> None:
        clients.save(tx, metadata.amend(bank, _document(place)))
        document = read(place)
        document["issuer"] = place.issuer
        document["clients"][BANK]["redirect_uris"] = [place.callback]
        _write(place, document)

    def _person(self, tx: Tx, people: People, hasher: Password, character: Character) -> Mapping[str, str]:
        email = f"{character.username}@example.com"
        password = self._passphrase()
        secret = base64.b32encode(bytes.fromhex(self._tokens.new_id() + self._tokens.new_id())[:20]).decode()
        new = NewPerson(
            username=character.username,
            display_name=character.display_name,
            email=email,
            phone=character.phone,
            has_texts=character.has_texts,
            groups=character.groups,
            roles=character.roles,
            totp_secret=secret if character.has_app else "",
        )
        people.add(tx, new, hasher.enrol(password), now=self._clock.now())
        shown = {"username": new.username, "password": password, "totp_secret": new.totp_secret}
        return {**shown, "email": new.email, "phone": new.phone}

    def _passphrase(self) -> str:
        """Draw words that can be typed from a screen, and digits: 45 bits, for a demo on loopback."""
        known = _WORDS.split()
        words = [known[int(self._tokens.digits(6)) % len(known)] for _ in range(4)]
        return "-".join([*words, self._tokens.digits(8)])


def read(place: Place) -> dict[str, Any]:
    """Return what demo.json says."""
    document: dict[str, Any] = msgspec.json.decode(place.people_file.read_bytes())
    return document


def _write(place: Place, document: Mapping[str, Any]) -> None:
    write_secret(place.people_file, msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")


def _document(place: Place) -> Mapping[str, Any]:
    """What the bank says of itself (RFC 7591)."""
    return {
        "client_name": NAME,
        "redirect_uris": [place.callback],
        "post_logout_redirect_uris": [f"{place.bank}/signed-out"],
        # By the address that the bank listens at: `localhost` has another one on some machines.
        "backchannel_logout_uri": f"http://{HOST}:{place.rp_port}{FAREWELLS}",
        "backchannel_logout_session_required": True,
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile email offline_access",
        "audience": place.api,
        "id_token_signed_response_alg": "ES256",
        "require_auth_time": True,
        "first_party": True,
        "client_uri": place.bank,
    }
