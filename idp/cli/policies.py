"""The policy a command starts from: the live bundle, and the file a new installation takes."""

from pathlib import Path

from idp.cli.installation import Installation
from idp.cli.own_factors import installed_traits
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.login.policies import Policies
from idp.policy.language import Bundle
from idp.resources import shipped
from idp.settings import Settings
from idp.storage.tx import Tx


def live(here: Installation, tx: Tx) -> Bundle:
    """Return the live bundle."""
    try:
        return Policies(traits=installed_traits(), clock=here.clock).live(tx)
    except NotFoundError as error:
        raise NotFoundError("there is no policy yet; run `idp init`") from error


def starting_path(settings: Settings) -> Path:
    """Return the bundle that `IDP_POLICY` names: a path, or a name in the policies folder."""
    folder = shipped("policies", override=settings.policies_dir)
    name = settings.policy
    candidates = [folder / f"{name}.yaml", folder / f"{name}.bundle"] if "/" not in name else []
    found = next((path for path in [*candidates, Path(name)] if path.exists()), None)
    if found is None:
        names = sorted(path.stem for path in folder.iterdir() if path.suffix in (".yaml", ".bundle"))
        raise ConfigError([Problem(f"there is no bundle {name}; shipped are {', '.join(names)}", key="IDP_POLICY")])
    return found
