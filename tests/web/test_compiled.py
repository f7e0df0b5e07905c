"""Templates are compiled once, whichever environment shows them."""

from jinja2 import DictLoader, Environment

from idp.web.compiled import Compiled


def test_what_one_environment_compiled_every_other_runs() -> None:
    """What differs from one to the other is what they are given, not the code."""
    compiled = Compiled()
    sources = {"a.html": "{{ word }}", "b.html": "{{ word }}!"}
    base = Environment(loader=DictLoader(sources), bytecode_cache=compiled, autoescape=True)
    code = base.get_template("a.html").root_render_func.__code__
    other = base.overlay()
    other.globals = {"word": "<konnichiwa>"}
    assert other.get_template("a.html").root_render_func.__code__ is code
    assert other.get_template("a.html").render() == "&lt;konnichiwa&gt;"
    assert other.get_template("b.html").render() == "&lt;konnichiwa&gt;!"


def test_a_source_that_changed_is_compiled_anew() -> None:
    """A template of an operator's own may be named as a shipped one."""
    compiled = Compiled()
    for source in ("before", "after"):
        environment = Environment(loader=DictLoader({"a.html": source}), bytecode_cache=compiled, autoescape=True)
        assert environment.get_template("a.html").render() == source
