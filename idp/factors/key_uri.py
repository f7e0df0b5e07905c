"""The address by which an authenticator app takes over a secret, as a link and as a picture (Key Uri Format)."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import segno

_QUIET = 4
"""Light modules around the picture (ISO/IEC 18004)."""


def address(kind: str, *, username: str, service: str, parameters: Mapping[str, str | int]) -> str:
    """Return the address: whom it is for, and every parameter; no name can add another."""
    label = f"{service}:{username}" if service else username
    values = {**parameters, "issuer": service} if service else parameters
    return f"otpauth://{kind}/{quote(label, safe='')}?{urlencode(values, quote_via=quote)}"


def picture(text: str) -> str:
    """Return a text as an SVG to be put into a page as it is: paths and numbers, nothing that was typed."""
    svg: str = segno.make(text, micro=False, error="m").svg_inline(
        border=_QUIET, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    return svg
