"""Logs: one JSON object a line, and libraries that would show secrets held back."""

import json
import logging

import pytest

from idp.cli import logs
from idp.core import noted


@pytest.fixture(autouse=True)
def restored():
    """What a test sets up is undone: the suite has its own handlers."""
    names = [None, "idp", "_granian", "granian.access", "authlib", "urllib3"]
    kept = {name: (logging.getLogger(name).handlers[:], logging.getLogger(name).level) for name in names}
    propagated = {name: logging.getLogger(name).propagate for name in names}
    yield
    for name, (handlers, level) in kept.items():
        logging.getLogger(name).handlers[:] = handlers
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).propagate = propagated[name]


def test_json_logs_are_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Time, level, logger and message; an exception as text in the same object."""
    logs.configure(form="json", level="info")
    try:
        raise ValueError("broken\nin two lines")
    except ValueError:
        logging.getLogger("idp.anything").exception("it %s", "failed")
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    record = json.loads(line)
    assert (record["level"], record["logger"], record["message"]) == ("error", "idp.anything", "it failed")
    assert "broken" in record["error"]
    assert record["at"].endswith("+00:00")


def test_text_logs_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """The same, in words; below the level nothing."""
    logs.configure(form="text", level="warning")
    logging.getLogger("idp.anything").info("not this")
    logging.getLogger("idp.anything").warning("but this")
    assert capsys.readouterr().err.endswith("WARNING idp.anything: but this\n")
    ids = noted.begin("r1")
    logging.getLogger("idp.anything").warning("this of a request")
    noted.end(ids)
    assert capsys.readouterr().err.endswith("WARNING idp.anything: this of a request request_id=r1\n")


def test_libraries_that_know_secrets_stay_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """Authlib's debug records hold code verifiers and tokens: whatever the level says, they are not written."""
    logs.configure(form="text", level="debug")
    logging.getLogger("authlib.anything").debug("code_verifier: hidden")
    assert capsys.readouterr().err == ""


def test_outside_of_a_request_there_are_no_ids(capsys: pytest.CaptureFixture[str]) -> None:
    """A worker's line has none, and cannot be given any."""
    logs.configure(form="json", level="info")
    noted.note("decision_id", "d1")
    logging.getLogger("idp.anything").warning("alone")
    assert not {"request_id", "decision_id"} & set(json.loads(capsys.readouterr().err))
