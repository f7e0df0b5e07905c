"""Processes that compare passwords: as many as compare at once, each at a low priority of its own.

People who sign in must not hold up machines. A thread of a low priority would: it needs the interpreter's lock before
and after it hashes, and while it has the lock and waits for a core, nobody in the process gets on (tried on two busy
cores: handing over took 7 ms each way, and beside eight people who sign in codes kept .21 to .37 of their rate; with
processes .33 to .67, and no fewer people got in). A process has a lock of its own. What it is asked travels through a
pipe that nobody else holds.

They stay in our session: where Linux shares cores among sessions first (`sched_autogroup_enabled`), a process in one of
its own gets as much as all of ours together, whatever its niceness.
"""

import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock

from idp.factors.comparison import compare
from idp.login.comparing.child import QUESTION, YES

_PATIENCE = 5
"""Seconds for a hash that has been begun."""
COMMAND = (sys.executable, "-P", "-m", "idp.login.comparing.child")


class _GoneError(Exception):
    """The process has ended, or could not be started."""


class _Process:
    """One process, asked one question at a time."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it, out of reach of what is typed at our terminal. Raises _GoneError."""
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, process_group=0
            )
        except OSError as error:
            raise _GoneError from error

    def compare(self, stored: str, password: bytes) -> bool:
        """Return its answer. Raises _GoneError."""
        questions, answers = self._process.stdin, self._process.stdout
        if questions is None or answers is None:  # pragma: no cover - both are pipes
            raise _GoneError
        text = stored.encode()
        try:
            questions.write(QUESTION.pack(len(text), len(password)) + text + password)
            answer = answers.read(1)
        except OSError as error:
            raise _GoneError from error
        if not answer:
            raise _GoneError
        return bool(answer == YES)

    def end(self) -> None:
        """Let it end: nobody asks it any more."""
        self.let_go()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:  # pragma: no cover - frozen from outside: nothing in it takes so long
            self._process.kill()
            self._process.wait()

    def let_go(self) -> None:
        """Close this end of its pipes; it goes on for whoever else holds one."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


class Comparers:
    """Compares passwords in processes, each started when it is first needed; whoever asks bounds how many at once."""

    def __init__(self, *, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._lock = Lock()
        self._idle: list[_Process] = []
        self._is_over = False
        os.register_at_fork(after_in_child=_restarting(weakref.ref(self)))

    def compare(self, stored: str, password: bytes) -> bool:
        """Tell whether this is the password of an argon2 hash; where no process can be had, it is compared here."""
        for _ in range(2):  # one that has ended is replaced once
            try:
                process = self._take()
            except _GoneError:
                break
            try:
                is_right = process.compare(stored, password)
            except _GoneError:
                process.end()
                continue
            self._give_back(process)
            return is_right
        return compare(stored, password)

    def close(self) -> None:
        """Let the processes end, those that are busy as soon as they have answered."""
        with self._lock:
            self._is_over = True
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    def restart(self) -> None:
        """Start afresh in a forked child: on its parent's pipes it would be given the answers to others' questions."""
        self._lock = Lock()
        inherited, self._idle = self._idle, []
        for process in inherited:
            process.let_go()

    def _take(self) -> _Process:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Process(self._command)

    def _give_back(self, process: _Process) -> None:
        with self._lock:
            if not self._is_over:
                self._idle.append(process)
                return
        process.end()


def _restarting(comparers: "weakref.ref[Comparers]") -> Callable[[], None]:
    def restart() -> None:
        found = comparers()
        if found is not None:
            found.restart()

    return restart
