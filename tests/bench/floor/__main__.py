"""Serves the floor."""

from tests.bench.floor.app import Floor
from tests.bench.serving import serve

if __name__ == "__main__":
    serve(Floor)
