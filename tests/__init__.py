"""All tests: each folder mirrors one of `idp/`, or comes through the front door."""
