"""Finds `policies/` and `templates/` in a checkout and in an installed wheel.

The one place that knows the two homes of these folders; `app` passes the paths on.
"""

from pathlib import Path

from idp.core.errors import ConfigError, Problem

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str, *, override: Path | None = None, package: Path = _PACKAGE) -> Path:
    """Return the folder `name`: the setting's, else the wheel's, else the checkout's; raise ConfigError without any."""
    if override is not None:
        return override
    in_wheel = package / "_shipped" / name
    if in_wheel.is_dir():
        return in_wheel
    checkout = package.parent
    # Only beside our own pyproject.toml: a folder of that name in site-packages is somebody else's.
    if (checkout / name).is_dir() and (checkout / "pyproject.toml").is_file():
        return checkout / name
    raise ConfigError([Problem(f"the folder {name} is missing from this installation; install it again", key=name)])
