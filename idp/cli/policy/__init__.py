"""`idp policy`: from a text in an editor to what decides, and what came of it.

A bundle is named by a file, a `.bundle` folder, a shipped name, `live`, or the first digits of a version.
"""

import click

from idp.cli.policy import checking, comparing, explaining


@click.group()
def policy() -> None:
    """Check policies, publish them, and explain what they decided."""


for _command in (
    checking.lint,
    checking.test,
    explaining.explain,
    comparing.diff,
):
    policy.add_command(_command)
