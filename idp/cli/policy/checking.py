"""`idp policy lint` and `test`: what would stop a bundle's publication, without a database."""

from collections.abc import Iterable
from typing import Any

import click

from idp.cli.output import json_option, show_json
from idp.cli.policy.naming import bundle_argument, named
from idp.core.errors import ConfigError, Problem
from idp.policy.lint import Findings
from idp.policy.lint import lint as findings_of
from idp.policy.trial import run_tests


@click.command()
@bundle_argument
@json_option
@click.pass_context
def lint(context: click.Context, bundle: str, *, as_json: bool) -> None:
    """Check a bundle: all that would stop its publication, and what is only odd."""
    try:
        found = findings_of(named(bundle))
    except ConfigError as error:
        found = Findings(errors=tuple(error.problems), warnings=())
    if as_json:
        show_json({"errors": problem_rows(found.errors), "warnings": problem_rows(found.warnings)})
    else:
        for problem in (*found.errors, *found.warnings):
            click.echo(f"{'error' if problem in found.errors else 'warning'}: {problem}")
        click.echo(f"{bundle}: {len(found.errors)} errors, {len(found.warnings)} warnings")
    context.exit(1 if found.errors else 0)


@click.command()
@bundle_argument
@json_option
@click.pass_context
def test(context: click.Context, bundle: str, *, as_json: bool) -> None:
    """Run the tests that a bundle carries."""
    results = run_tests(named(bundle))
    failed = sum(not result.is_passed for result in results)
    if as_json:
        show_json([{"name": each.name, "passed": each.is_passed, "differences": each.differences} for each in results])
    else:
        for result in results:
            click.echo(f"{'ok' if result.is_passed else 'FAILED'}  {result.name}")
            for difference in result.differences:
                click.echo(f"        {difference}")
        click.echo(f"{len(results) - failed} passed, {failed} failed")
    context.exit(1 if failed else 0)


def problem_rows(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return mistakes as JSON tells them."""
    return [
        {"file": each.file, "line": each.line, "column": each.column, "key": each.key, "text": each.text}
        for each in problems
    ]
