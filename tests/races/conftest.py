"""A server of four worker processes on each database, for all races of a session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.test_external import VERIFIER
from tests.support.cluster import Cluster, cluster


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def four(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Four worker processes on one database: whoever races brings people of their own, or forgets what was before."""
    folder = Path(tmp_path_factory.mktemp("cluster"))
    verifier = VERIFIER.declared()
    with cluster(request, request.param, folder=folder, workers=4, IDP_VERIFIERS=verifier) as running:
        yield running
