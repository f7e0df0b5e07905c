"""How commands name a bundle: a file, a folder, a shipped name, `live`, `draft:ID`, or a version's first digits."""

import re
from pathlib import Path

import click

from idp.cli.installation import opened
from idp.cli.own_factors import installed_traits
from idp.core.errors import NotFoundError
from idp.policy.language import Bundle
from idp.policy.loader import load_path, load_text
from idp.records.bundles import store as bundles
from idp.records.bundles.drafts import store as drafts
from idp.records.bundles.model import BundleVersion, Draft
from idp.resources import shipped
from idp.storage.tx import Tx

LIVE = "live"
DRAFT = "draft:"
_VERSION = re.compile(r"[0-9a-f]{8,64}")

bundle_argument = click.argument("bundle", metavar="BUNDLE")


def named(name: str) -> Bundle:
    """Return the bundle that is meant; the database is opened only for `live` and versions."""
    path = path_of(name)
    if path is not None:
        return load_path(path, traits=installed_traits())
    if name.startswith(DRAFT):
        with opened() as here, here.database.transaction() as tx:
            draft = draft_named(tx, name)
            return load_text(draft.text, file=draft.name, traits=installed_traits())
    if name != LIVE and not _VERSION.fullmatch(name):
        text = "neither a file, nor a shipped one, nor the first 8 digits or more of a version"
        raise click.UsageError(f"there is no bundle {name!r}: {text}")
    with opened() as here, here.database.transaction() as tx:
        return loaded(stored(tx, name))


def path_of(name: str) -> Path | None:
    """Return the file or folder that is meant, or None."""
    folder = shipped("policies")
    candidates = [Path(name), folder / f"{name}.yaml", folder / f"{name}.bundle"]
    return next((path for path in candidates if path.is_file() or (path.suffix == ".bundle" and path.is_dir())), None)


def stored(tx: Tx, name: str) -> BundleVersion:
    """Return the version that is meant. Raises NotFoundError when there is none, or more than one."""
    if name == LIVE:
        live = bundles.live(tx)
        if live is None:
            raise NotFoundError("there is no policy yet; run `idp init`")
        return live
    found = bundles.list_beginning_with(tx, name, limit=2)
    if len(found) != 1:
        raise NotFoundError(f"there is no bundle {name}" if not found else f"several versions begin with {name}")
    return found[0]


def draft_named(tx: Tx, name: str) -> Draft:
    """Return the draft that is meant. Raises NotFoundError when there is none."""
    draft = drafts.get(tx, name.removeprefix(DRAFT))
    if draft is None:
        raise NotFoundError(f"there is no {name}")
    return draft


def loaded(version: BundleVersion) -> Bundle:
    """Return a stored version as the engine reads it."""
    return load_text(version.text, file=version.name, traits=installed_traits())
