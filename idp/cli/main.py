"""`idp`: the one command, and how its failures are told.

Exit codes: 0 done, 1 refused or failing, 2 wrong usage. What went wrong goes to stderr, one line a mistake; stdout
holds results alone, so that `--json` can be piped.
"""

from typing import Any

import click

from idp import __version__
from idp.cli import (
    audit,
    clients,
    db,
    demo,
    doctor,
    init,
    keys,
    maintenance,
    outbox,
    policy,
    purge,
    risk,
    secrets,
    serve,
    sessions,
    users,
    webhooks,
)
from idp.core.errors import BusyError, ConfigError, ForbiddenError, NotFoundError


class _Group(click.Group):
    """Tells expected failures in words instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            for problem in error.problems:
                click.echo(f"idp: {problem}", err=True)
            ctx.exit(1)
        except NotFoundError as error:
            raise click.ClickException(str(error) or "there is no such thing") from error
        except ForbiddenError as error:
            raise click.ClickException(str(error) or "that is not allowed") from error
        except BusyError as error:
            why = f" ({type(error.__cause__).__name__})" if error.__cause__ else ""
            raise click.ClickException(f"what this needs is busy or away{why}; nothing was done") from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="idp")
def main() -> None:
    """Run and look after an OpenID Connect provider with step-up MFA.

    Settings come from the environment, IDP_…, and are listed in README.
    """


for _command in (
    demo.demo,
    serve.serve,
    init.init,
    db.db,
    users.user,
    sessions.session,
    clients.client,
    keys.keys,
    secrets.secrets,
    outbox.outbox,
    webhooks.webhook,
    policy.policy,
    audit.audit,
    doctor.doctor,
    risk.risk,
    maintenance.maintenance,
    purge.purge,
):
    main.add_command(_command)
