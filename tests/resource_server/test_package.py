"""What an application gets that installs only this part."""

import doctest
import subprocess
import sys

import idp.resource_server


def test_example_in_the_documentation_runs() -> None:
    """The first thing that people copy works."""
    assert doctest.testmod(idp.resource_server).failed == 0


def test_package_brings_no_framework_along() -> None:
    """Everything but flask.py works without Flask, a database or the provider's own parts."""
    code = """
import sys, idp.resource_server, idp.resource_server.wsgi, idp.resource_server.asgi
ours = {name.split(".")[1] for name in sys.modules if name.startswith("idp.")}
theirs = {name.split(".")[0] for name in sys.modules}
print(sorted(ours), sorted(theirs & {"flask", "werkzeug", "sqlalchemy", "authlib", "msgspec"}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['core', 'resource_server'] []\n"


def test_public_names_are_there() -> None:
    """Every name that the package promises can be imported."""
    assert all(hasattr(idp.resource_server, name) for name in idp.resource_server.__all__)
