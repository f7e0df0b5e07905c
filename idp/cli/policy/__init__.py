"""`idp policy`: from a text in an editor to what decides, and what came of it.

A bundle is named by a file, a `.bundle` folder, a shipped name, `live`, `draft:ID`, or the first
digits of a version.
"""

import click

from idp.cli.policy import checking, comparing, explaining, publishing, replaying, shelf, trying_out


@click.group()
def policy() -> None:
    """Check policies, publish them, and explain what they decided."""


for _command in (
    checking.lint,
    checking.test,
    explaining.explain,
    comparing.diff,
    replaying.replay,
    publishing.publish,
    publishing.rollback,
    publishing.approve,
    shelf.export,
    shelf.import_,
    shelf.status,
    shelf.history,
    trying_out.shadow,
    trying_out.canary,
):
    policy.add_command(_command)
