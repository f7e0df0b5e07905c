"""What a page says in any case is in its code; what depends on the request is not."""

import pytest
from jinja2 import DictLoader, Environment

from idp.web.speaking import Speaking


def _environment(source: str, said: dict[str, str]) -> tuple[Environment, list[str]]:
    """Return an environment that knows these texts, and what it was asked for."""
    asked: list[str] = []

    def gettext(text: str, **values: object) -> str:
        asked.append(text)
        return said.get(text, text) % values if values else said.get(text, text)

    environment = Environment(loader=DictLoader({"a.html": source}), autoescape=True)
    environment.code_generator_class = Speaking
    environment.globals = {"_": gettext, "static": lambda name: f"/static/{name}?1"}
    return environment, asked


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ _('Hello') }}!", "Konnichiwa &lt;3!"),
        ("{{ 'no' if not is_shown else _('Hello') }}", "Konnichiwa &lt;3"),
        ("{% macro say(it) %}[{{ it }}]{% endmacro %}{{ say(_('Hello')) }}", "[Konnichiwa &lt;3]"),
        ("{{ static('a.css') }}", "/static/a.css?1"),
    ],
    ids=["in-the-text", "in-a-choice", "given-to-a-macro", "a-file"],
)
def test_text_of_its_own_is_looked_up_when_the_page_is_compiled_and_never_when_it_is_shown(
    source: str, shown: str
) -> None:
    """Most of a page is the same for everybody; it is escaped like everything else."""
    environment, asked = _environment(source, {"Hello": "Konnichiwa <3"})
    template = environment.get_template("a.html")
    asked.clear()
    assert [template.render(is_shown=True) for _ in range(2)] == [shown] * 2
    assert asked == []


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ _('to %(name)s', name=name) }}", "zu &lt;Ann&gt;"),
        ("{{ _(word) }}", "Konnichiwa"),
    ],
    ids=["with-values", "of-a-variable"],
)
def test_text_that_depends_on_the_request_is_looked_up_when_the_page_is_shown(source: str, shown: str) -> None:
    """A page shows the values of its own request."""
    environment, _ = _environment(source, {"to %(name)s": "zu %(name)s", "Hello": "Konnichiwa"})
    assert environment.get_template("a.html").render(name="<Ann>", word="Hello") == shown
