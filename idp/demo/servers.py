"""The demo's two servers, each a process of its own: `python -m idp.demo.servers provider|bank VAR PORT RP_PORT`."""

import sys
from functools import partial
from pathlib import Path

from flask import Flask

from idp.app import create_app
from idp.cli import serve
from idp.cli.installation import secret_keys
from idp.core.clock import SystemClock
from idp.core.tokens import SystemTokens
from idp.demo import seed
from idp.demo.bank import workshop
from idp.demo.bank.app import Opening, create_bank
from idp.demo.bank.phone import Phone
from idp.demo.place import HOST, Place
from idp.records.delivery import store as delivery
from idp.records.delivery.model import LOGOUT, OutboxMessage
from idp.settings import Settings
from idp.storage.engine import Database
from idp.web.wsgi import WSGIApp

_SHOWN = 200
_THREADS = 8


def main(arguments: list[str]) -> None:
    """Serve one of the two until SIGTERM."""
    role, var, port, rp_port = arguments
    place = Place(var=Path(var), port=int(port), rp_port=int(rp_port))
    loader, listens = (provider, place.port) if role == "provider" else (bank, place.rp_port)
    settings = Settings.from_env(place.environ())
    serve.run(partial(loader, place), host=HOST, port=listens, workers=1, threads=_THREADS, settings=settings)


def provider(place: Place) -> WSGIApp:
    """Build the provider of this place."""
    app = create_app(Settings.from_env(place.environ()), clock=SystemClock(), tokens=SystemTokens())
    app.start()
    return app.wsgi


def bank(place: Place) -> Flask:
    """Build the bank, its outbox and its authenticator page."""
    known = seed.read(place)
    itself, clock = known["clients"][seed.BANK], SystemClock()
    opening = Opening(
        address=place.bank,
        port=place.rp_port,
        issuer=place.issuer,
        api=place.api,
        client_id=itself["client_id"],
        client_secret=itself["client_secret"],
    )
    app = create_bank(opening, clock=clock, tokens=SystemTokens())
    secrets = {name: person["totp_secret"] for name, person in known["people"].items() if person["totp_secret"]}
    phone = Phone(place.phone_file, known=secrets, issuer=place.issuer, clock=clock)
    app.register_blueprint(workshop.blueprint(outbox=_outbox(place), people=known["people"], phone=phone))
    return app


def _outbox(place: Place) -> workshop.Outbox:
    """Return a reader of the provider's outbox: the one thing the bank does that no stranger could."""
    settings = Settings.from_env(place.environ())
    database = Database.open(settings.database_url, keys=secret_keys(settings))

    def read() -> tuple[OutboxMessage, ...]:
        with database.transaction() as tx:
            found = delivery.list_messages(tx, limit=_SHOWN)
        return tuple(message for message in found if message.channel != LOGOUT)

    return read


if __name__ == "__main__":
    main(sys.argv[1:])
