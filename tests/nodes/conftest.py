"""Two nodes behind the shipped proxy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.nodes import Nodes, nodes


@pytest.fixture(scope="module")
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Two nodes of two workers each."""
    with nodes(request, Path(tmp_path_factory.mktemp("nodes"))) as running:
        yield running
