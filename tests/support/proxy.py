"""nginx as it is configured in docker/, in front of nodes on this machine; only places and ports are others'."""

import shutil
import signal
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.certificate import Certificate, certificate
from tests.support.transport import OverHttp
from tests.support.waiting import until
from tests.support.workers import free_port

SHIPPED = Path("docker", "nginx")
PROGRAM = shutil.which("nginx") or "/usr/sbin/nginx"


class Proxy:
    """A running nginx."""

    def __init__(self, folder: Path, *, port: int, made: Certificate) -> None:
        self.port = port
        self.issuer = f"https://localhost:{port}"
        self.context: ssl.SSLContext = made.client()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, timers: str = "10s") -> None:
        """Write the configuration and run it, once nginx itself has found it good."""
        text = (SHIPPED / "idp.conf").read_text()
        for shipped, here in {
            "/tmp/": f"{self._folder}/",  # first, as the other places may lie there
            "/run/secrets/tls.crt": str(self._folder / "localhost.pem"),
            "/run/secrets/tls.key": str(self._folder / "localhost.key"),
            "listen 8080": f"listen 127.0.0.1:{free_port()}",
            "listen 8443": f"listen 127.0.0.1:{self.port}",
            "localhost:8443": f"localhost:{self.port}",
            "_timeout 10s": f"_timeout {timers}",
        }.items():
            assert shipped in text, f"{shipped} is not in the shipped configuration"
            text = text.replace(shipped, here)
        (self._folder / "idp.conf").write_text(text)
        checked = subprocess.run([*self._command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        assert "[warn]" not in checked.stderr, checked.stderr
        with (self._folder / "access.log").open("wb") as out, (self._folder / "error.log").open("wb") as errors:
            self._process = subprocess.Popen(
                [*self._command, "-g", "daemon off;"], stdout=out, stderr=errors, start_new_session=True
            )
        self._await()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)

    def use(self, ports: Sequence[int], *, without: int = 0) -> None:
        """Name the nodes; one that is taken out gets no request more once this returns."""
        lines = [f"server 127.0.0.1:{port}{' down' if port == without else ''};\n" for port in ports]
        (self._folder / "nodes.conf").write_text("".join(lines))
        if self._process is not None:
            before = self._workers()
            self._process.send_signal(signal.SIGHUP)
            until(lambda: not before & self._workers())

    def served_by(self) -> set[str]:
        """Return the nodes that have answered so far."""
        lines = (self._folder / "access.log").read_text().splitlines()
        return {line.rsplit(" ", 1)[1] for line in lines} - {"-"}

    def said(self) -> str:
        return (self._folder / "error.log").read_text()

    @property
    def _command(self) -> list[str]:
        return [PROGRAM, "-p", str(self._folder), "-c", str(self._folder / "idp.conf")]

    def _workers(self) -> set[str]:
        assert self._process is not None
        pid = self._process.pid
        return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    def _await(self) -> None:
        """Wait until it has workers and takes connections."""
        transport = OverHttp(context=self.context)

        def answers() -> bool:
            try:
                return transport.send("GET", f"{self.issuer}/metrics", [], b"").status == 404
            except OSError:
                return False

        until(answers, "nginx did not do it")


@contextmanager
def proxy(folder: Path) -> Iterator[Proxy]:
    """Make a proxy that is not running yet, and end it with the block."""
    place = folder / "nginx"
    place.mkdir()
    folder.chmod(0o755)  # its workers are another account's where the tests are root's
    made = Proxy(place, port=free_port(), made=certificate(place))
    try:
        yield made
    finally:
        made.stop()
