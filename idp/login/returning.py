"""The purpose `return`: our own pages ask for a proof, and get the person back where they were.

Only a path of this provider is ever returned to, whatever a URL was made to look like (SES-19).
"""

import re

import msgspec

from idp.login.model import Answer, Finishing
from idp.storage.tx import Tx

PURPOSE = "return"
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)


class _Resume(msgspec.Struct, frozen=True):
    path: str


def resume_at(path: str, *, home: str) -> str:
    """Return what the interaction keeps: a path of ours, or `home` where it is none."""
    return msgspec.json.encode(_Resume(path=path if _OWN_PATH.fullmatch(path) else home)).decode()


class ReturnFinisher:
    """Ends the interactions of our own pages."""

    def __init__(self, *, home: str) -> None:
        self._home = home

    def finish(self, tx: Tx, finishing: Finishing) -> Answer:  # noqa: ARG002 -- the interface of all finishers
        """Go back to the page that asked."""
        return Answer(url=msgspec.json.decode(finishing.resume, type=_Resume).path)

    def refuse(self, resume: str, *, error: str) -> Answer:  # noqa: ARG002 -- the interface of all finishers
        """Go home: the page that asked would ask again."""
        return Answer(url=self._home)
