"""`idp demo` as a program: both servers up, both gone when it ends, and clear words when it cannot start."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from idp.demo.place import Place
from tests.support.demo import begun, started_again
from tests.support.workers import free_port, program, wait_until_ready

__all__ = ["begun"]

pytestmark = pytest.mark.workers


@pytest.fixture
def started(begun: Path, tmp_path: Path) -> Place:
    """Where a demo has been started before."""
    return started_again(begun, tmp_path)


def arguments(var: Path, port: int, rp_port: int) -> list[str]:
    return ["demo", "--port", str(port), "--rp-port", str(rp_port), "--var", str(var)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_demo_ends_when_it_is_told_to(started: Place, number: signal.Signals) -> None:
    """By itself, and both servers with it, also while a browser keeps a connection open."""
    port, rp_port = started.port, started.rp_port
    with program(arguments(started.var, port, rp_port), output=started.var / "log") as running:
        wait_until_ready(running, f"http://localhost:{rp_port}/signed-out")
        wait_until_ready(running, f"http://localhost:{port}/readyz")
        with requests.Session() as idle:
            assert idle.get(f"http://localhost:{rp_port}/", timeout=10).status_code == 200
            running.process.send_signal(number)
            assert running.process.wait(60) == 0
        for each in (port, rp_port):
            with socket.socket() as probe:
                assert probe.connect_ex(("127.0.0.1", each)) != 0
    said = running.said()
    assert "The demo has ended" in said
    assert "Traceback" not in said


def test_demo_ends_when_one_of_its_servers_does(started: Place) -> None:
    """Half a demo is none: exit 1, and nothing goes on running."""
    port, rp_port = started.port, started.rp_port
    with program(arguments(started.var, port, rp_port), output=started.var / "log") as running:
        wait_until_ready(running, f"http://localhost:{rp_port}/signed-out")
        wait_until_ready(running, f"http://localhost:{port}/readyz")
        listed = ["ps", "-o", "pid=,args=", "--ppid", str(running.process.pid)]
        children = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.splitlines()
        bank = next(line for line in children if "idp.demo.servers bank" in line)
        subprocess.run(["kill", bank.split()[0]], check=True)
        assert running.process.wait(60) == 1
    assert "one of the servers ended" in running.said()


def test_demo_says_when_a_port_is_taken(tmp_path: Path) -> None:
    """The port is named, and the option that chooses another; nothing is made."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "idp.cli", *arguments(tmp_path / "var", free_port(), port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "--rp-port" in done.stderr
    assert not (tmp_path / "var").exists()


def test_demo_needs_two_ports(tmp_path: Path) -> None:
    """One port cannot be both."""
    command = [sys.executable, "-m", "idp.cli", *arguments(tmp_path / "var", 8123, 8123)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
