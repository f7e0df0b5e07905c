"""Roles, permissions and ranks."""

import pytest

from idp.admin.access import Permission, Role, may_change, permissions_of, rank_of

LOOK, HELP, MANAGE, OWN = Permission.LOOK, Permission.HELP, Permission.MANAGE, Permission.OWN


@pytest.mark.parametrize(
    ("roles", "allowed"),
    [
        ((), set()),
        (("wizard",), set()),
        (("auditor",), {LOOK}),
        (("helpdesk",), {LOOK, HELP}),
        (("admin",), {LOOK, HELP, MANAGE}),
        (("owner",), {LOOK, HELP, MANAGE, OWN}),
        (("auditor", "helpdesk"), {LOOK, HELP}),
    ],
)
def test_permissions_follow_from_roles(roles: tuple[str, ...], allowed: set[Permission]) -> None:
    """Several roles allow together what each allows; an unknown one allows nothing."""
    assert permissions_of(roles) == allowed


def test_nobody_changes_their_own_rank_or_above() -> None:
    """ADM-21: only who ranks below, and never oneself."""
    assert [rank_of((role,)) for role in Role] == [1, 2, 3, 4]
    for actor in Role:
        for target in Role:
            assert may_change((actor,), (target,), is_self=False) is (rank_of((actor,)) > rank_of((target,)))
        assert may_change((actor,), (), is_self=False)
        assert not may_change((actor,), (), is_self=True)
    assert not may_change((), (), is_self=False)
