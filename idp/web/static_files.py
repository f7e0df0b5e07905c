"""Style sheets, icons and scripts, read once at start and served for a year under a name that holds their hash."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Response, abort

FOLDER = Path(__file__).parent / "static"
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes = field(repr=False)
    type: str
    hash: str


class StaticFiles:
    """The files of one folder by name."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files: Mapping[str, _File] = {path.name: _read(path) for path in folder.iterdir() if path.is_file()}

    def url(self, name: str) -> str:
        """Return the path of a file, its hash included. Raises KeyError when there is none."""
        return f"/static/{self._files[name].hash}/{name}"

    def blueprint(self) -> Blueprint:
        """Serve the files; a wrong hash is 404, so that no old page shows a new style."""
        views = Blueprint("static_files", __name__)

        @views.get("/static/<hash_>/<name>")
        def file(hash_: str, name: str) -> Response:
            found = self._files.get(name)
            if found is None or found.hash != hash_:
                abort(404)
            return Response(found.body, content_type=found.type, headers={"Cache-Control": _FOREVER, "Vary": ""})

        return views


def _read(path: Path) -> _File:
    body = path.read_bytes()
    kind = guess_type(path.name)[0] or "application/octet-stream"
    is_text = kind.startswith("text/") or kind == "image/svg+xml"
    return _File(body, f"{kind}; charset=utf-8" if is_text else kind, hashlib.sha256(body).hexdigest()[:16])
