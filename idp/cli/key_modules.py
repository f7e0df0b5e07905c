"""The module that `IDP_KEY_MODULE` names (O4): a PKCS #11 token, or what an installed package offers for its scheme."""

from importlib.metadata import entry_points
from typing import Any

from idp.core.clock import Clock
from idp.core.errors import ConfigError, Problem
from idp.records.keys.modules import address
from idp.records.keys.modules.base import ENTRY_POINTS, KeyModule
from idp.records.keys.service import KeyRing
from idp.settings import Settings

_NAME = "IDP_KEY_MODULE"


def ring_of(settings: Settings, clock: Clock) -> KeyRing:
    """Return the ring of keys; nothing is asked of a module yet. Raises ConfigError for one that is not there."""
    return KeyRing(clock=clock, module=_module_of(settings))


def _module_of(settings: Settings) -> KeyModule | None:
    where = settings.key_module
    if where is None:
        return None
    return _token(where.text) if where.scheme == address.PKCS11 else _offered(where.scheme, where.text)


def _token(text: str) -> KeyModule:
    try:
        from idp.records.keys.modules.pkcs11 import Pkcs11
    except ImportError as error:
        text = f"needs a library that is not installed ({error.name}): pip install 'stepup-idp[pkcs11]'"
        raise _wrong(text) from error
    return Pkcs11(address.pkcs11(text))


def _offered(scheme: str, text: str) -> KeyModule:
    points = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if scheme not in points:
        known = ", ".join(f"{each}:" for each in sorted({address.PKCS11, *points}))
        raise _wrong(f"begins with {scheme}:, and what is installed offers {known}")
    try:
        make: Any = points[scheme].load()
        module: KeyModule = make(text)
    except ValueError as error:
        raise _wrong(str(error)) from None
    except Exception as error:  # whatever a foreign package raises is one mistake among others
        raise _wrong(f"{scheme}: does not load ({type(error).__name__})") from error
    if not module.name or module.name != scheme:
        raise _wrong(f"{scheme}: calls itself {module.name!r}, by which its keys would not be found again")
    return module


def _wrong(text: str) -> ConfigError:
    return ConfigError([Problem(text, key=_NAME)])
