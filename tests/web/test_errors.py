"""Error pages for what comes from the database."""

from flask import Response

from idp.storage.errors import UnstorableValueError
from tests.web.kit import call, flask_app


def test_a_value_that_no_column_holds_is_the_requests_fault() -> None:
    """What the database cannot keep is answered 400, and the page says nothing of the driver."""
    app = flask_app()

    @app.get("/odd")
    def odd() -> Response:
        raise UnstorableValueError("DataError")

    reply = call(app, "GET", "/odd")
    assert reply.status == 400
    assert b"DataError" not in reply.body
