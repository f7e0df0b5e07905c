"""Which path requires what."""

import pytest

from idp.resource_server import Requirement
from idp.resource_server.rules import AMBIGUOUS_PATH, TOKEN_ONLY, Rule, find_requirement

PAY, ADMIN = Requirement(max_age=60), Requirement(scopes=["admin"])
RULES = (
    Rule("/health", None),
    Rule("/pay", PAY, frozenset({"POST"})),
    Rule("/pay/list", PAY, frozenset({"GET"})),
    Rule("/admin/", ADMIN),
    Rule("/open/", None),
)


@pytest.mark.parametrize(
    ("method", "path", "requirement"),
    [
        ("GET", "/health", None),
        ("GET", "/health/", None),
        ("GET", "/health/x", TOKEN_ONLY),
        ("GET", "/healthy", TOKEN_ONLY),
        ("GET", "/HEALTH", TOKEN_ONLY),
        ("POST", "/pay", PAY),
        ("post", "/pay/", PAY),
        ("GET", "/pay", TOKEN_ONLY),
        ("HEAD", "/pay/list", PAY),
        ("GET", "/admin", ADMIN),
        ("GET", "/admin/", ADMIN),
        ("DELETE", "/admin/a/b", ADMIN),
        ("GET", "/administer", TOKEN_ONLY),
        ("GET", "/open/.well-known/x", None),
        ("GET", "/", TOKEN_ONLY),
    ],
)
def test_first_rule_that_fits_decides(method: str, path: str, requirement: Requirement | None) -> None:
    """What no rule names needs a good token all the same."""
    assert find_requirement(RULES, method=method, path=path) == requirement


@pytest.mark.parametrize(
    "path", ["//pay", "/open//pay", "/open/../pay", "/open/..", "/open/./x", "/.", "/pay\\x", "/pay\x00", "/pa\ny"]
)
def test_path_is_refused_when_it_reads_two_ways(path: str) -> None:
    """A rule cannot be walked around by spelling its path another way."""
    assert find_requirement(RULES, method="GET", path=path) is AMBIGUOUS_PATH


def test_rule_for_the_root_stands_for_everything() -> None:
    """`/` ends in a slash, so all is below it."""
    assert find_requirement([Rule("/", None)], method="GET", path="/a/b") is None


@pytest.mark.parametrize("path", ["", "pay", "//pay", "/a/../pay", "/pay\\"])
def test_rule_is_refused_when_its_path_is_no_path(path: str) -> None:
    """A rule that could never fit is a mistake."""
    with pytest.raises(ValueError, match="path"):
        Rule(path)
