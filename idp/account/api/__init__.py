"""The account as a JSON API, behind the same doors as its pages (E10)."""
