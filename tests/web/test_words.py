"""Every reason has words on every page that may show it."""

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from idp.core.reasons import Reason
from tests.support.texts import ROOT

PAGES = [
    pytest.param({}, id="sign-in"),
    *(
        pytest.param({"factor": path.stem, "is_sent": is_sent}, id=f"{path.stem}-{is_sent}")
        for path in sorted(Path(ROOT / "templates/login/challenge").glob("*.html"))
        for is_sent in (False, True)
    ),
]


@pytest.fixture(scope="module")
def environment() -> Environment:
    """The templates, as strict as in the product."""
    templates = Environment(loader=FileSystemLoader(ROOT / "templates"), undefined=StrictUndefined, autoescape=True)
    templates.globals |= {"_": lambda text, **values: text % values if values else text, "minutes_left": str}
    return templates


@pytest.mark.parametrize("page", PAGES)
def test_reason_has_words(environment: Environment, page: dict[str, object]) -> None:
    """A page of a refused answer never fails for want of a name that it does not have."""
    problem = environment.from_string('{% from "login/words.html" import problem with context %}{{ problem() }}')
    for reason in Reason:
        for wait in (None, 30):
            assert problem.render(page | {"error": str(reason), "wait": wait, "client_name": "Bank"}).strip()
