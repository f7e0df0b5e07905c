"""One provider a test."""

from collections.abc import Iterator

import pytest

from idp.resource_server import ResourceServer
from tests.resource_server.kit import Provider, a_provider, an_api
from tests.support.clock import FixedClock


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with a_provider("ec") as served:
        yield served


@pytest.fixture
def api(provider: Provider, clock: FixedClock) -> ResourceServer:
    return an_api(provider, clock, client_id="api", client_secret="s3cret: ü")
