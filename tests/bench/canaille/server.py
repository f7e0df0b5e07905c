"""Canaille, an identity provider on Authlib and Flask, on SQLite in WAL, served as the product is.

Run by its own Python, which has nothing of ours: what it needs to know is told as JSON in the first argument.
"""

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from joserfc.jwk import RSAKey

TOLD = json.loads(sys.argv[1])


def make() -> Any:
    """Return the application, its database made and its clients in it."""
    file = Path(TOLD["folder"]) / "canaille.sqlite3"
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA journal_mode=WAL")  # kept with the file
    app = create_app(
        config={
            "SECRET_KEY": "a key that only the bench knows",
            "SERVER_NAME": f"127.0.0.1:{TOLD['port']}",
            "CANAILLE": {"LOGGING": {"version": 1, "disable_existing_loggers": True}},
            "CANAILLE_SQL": {"DATABASE_URI": f"sqlite:///{file}"},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [RSAKey.generate_key(2048).as_dict(private=True)]},
        }
    )
    with app.app_context(), Backend.instance.session():
        for name, secret in TOLD["clients"].items():
            client = models.Client(
                client_id=name,
                client_secret=secret,
                client_name=name,
                grant_types=["client_credentials"],
                response_types=[],
                redirect_uris=[],
                scope=["read"],
                token_endpoint_auth_method="client_secret_basic",
            )
            Backend.instance.save(client)
            client.audience = [client]
            Backend.instance.save(client)
    return app


if __name__ == "__main__":
    Server(
        "canaille",
        address="127.0.0.1",
        port=TOLD["port"],
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=TOLD["threads"],
        backlog=TOLD["connections"],
        backpressure=TOLD["connections"],
        websockets=False,
        log_level=LogLevels.warning,
    ).serve(target_loader=make, wrap_loader=False)
