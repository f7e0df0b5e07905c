"""Passwords are compared in processes of their own, and nothing depends on one."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from argon2 import PasswordHasher, Type

from idp.factors.password import Password
from idp.login.comparing import child
from idp.login.comparing.processes import Comparers

CHEAP = Password(memory_kib=64, passes=1)
RIGHT = "correct horse battery"
STORED = CHEAP.enrol(RIGHT).material.decode()


@pytest.fixture
def comparers() -> Iterator[Comparers]:
    """Real processes, ended with the test."""
    made = Comparers()
    yield made
    made.close()


def question(stored: str, password: str) -> bytes:
    parts = stored.encode(), password.encode()
    return child.QUESTION.pack(*map(len, parts)) + b"".join(parts)


def test_passwords_are_compared_by_one_process_again_and_again(comparers: Comparers) -> None:
    """Whoever asks one after the other is answered by the same process, which steps back for those that serve."""
    answers = [comparers.compare(STORED, text.encode()) for text in (RIGHT, "wrong", "", RIGHT)]
    assert answers == [True, False, False, True]
    (process,) = comparers._idle
    assert os.getpriority(os.PRIO_PROCESS, process._process.pid) == min(
        19, os.getpriority(os.PRIO_PROCESS, 0) + child.NICENESS
    )


def test_process_is_out_of_reach_of_the_terminal_and_in_the_session_that_its_niceness_counts_in(
    comparers: Comparers,
) -> None:
    """What is typed goes to a group; Linux may share cores among sessions, where a niceness counts within one alone."""
    assert comparers.compare(STORED, RIGHT.encode())
    (process,) = comparers._idle
    pid = process._process.pid
    assert os.getsid(pid) == os.getsid(0)
    assert os.getpgid(pid) == pid != os.getpgrp()


def test_passwords_that_are_given_at_once_are_compared_at_once(comparers: Comparers) -> None:
    """No answer is ever somebody else's."""
    texts = [RIGHT, "wrong"] * 20
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda text: comparers.compare(STORED, text.encode()), texts))
    assert answers == [text == RIGHT for text in texts]
    assert len(comparers._idle) <= 4


def test_process_that_was_killed_is_replaced(comparers: Comparers) -> None:
    """Nobody is refused because of it, and nobody let in."""
    assert comparers.compare(STORED, RIGHT.encode())
    (process,) = comparers._idle
    process._process.kill()
    process._process.wait()
    assert comparers.compare(STORED, RIGHT.encode())
    assert not comparers.compare(STORED, b"wrong")


@pytest.mark.parametrize(
    "command", [("/nonexistent/python",), (sys.executable, "-c", "pass")], ids=["never starts", "ends at once"]
)
def test_password_is_compared_here_where_no_process_can_be_had(command: tuple[str, ...]) -> None:
    """A host without room for a process signs people in all the same."""
    comparers = Comparers(command=command)
    assert comparers.compare(STORED, RIGHT.encode())
    assert not comparers.compare(STORED, b"wrong")
    comparers.close()


def test_processes_end_with_whoever_asks() -> None:
    """Those that are idle at once, one that is busy when it has answered."""
    comparers = Comparers()
    busy = comparers._take()
    assert comparers.compare(STORED, RIGHT.encode())
    (idle,) = comparers._idle
    comparers.close()
    assert idle._process.returncode == 0
    assert busy.compare(STORED, RIGHT.encode())
    comparers._give_back(busy)
    assert busy._process.returncode == 0


def test_forked_child_asks_processes_of_its_own(comparers: Comparers) -> None:
    """FLT-46: on one pipe two would read each other's answers, and a right password let a wrong one in."""
    assert comparers.compare(STORED, RIGHT.encode())
    (before,) = comparers._idle
    child_pid = os.fork()
    if child_pid == 0:
        code = 1
        try:
            code = sum(comparers.compare(STORED, b"wrong") for _ in range(200))
            comparers.close()
        finally:
            os._exit(code)
    mixed = sum(not comparers.compare(STORED, RIGHT.encode()) for _ in range(200))
    _, status = os.waitpid(child_pid, 0)
    assert (mixed, os.waitstatus_to_exitcode(status)) == (0, 0)
    assert comparers._idle == [before], "what the child does with its own ends nobody else's"


@pytest.mark.parametrize("stored", ["", "no hash", "$argon2id$v=19$m=64,t=1,p=1$", "$2b$12$abc", "é"])
def test_what_is_no_hash_has_no_password(stored: str) -> None:
    """Whatever lies in the database, the answer is a plain no."""
    answers = BytesIO()
    child.answer_all(BytesIO(question(stored, RIGHT) + question(STORED, RIGHT)), answers)
    assert answers.getvalue() == child.NO + child.YES


def test_question_that_breaks_off_is_not_answered() -> None:
    """Whoever asked has gone."""
    answers = BytesIO()
    child.answer_all(BytesIO(question(STORED, RIGHT) + b"\x01\x02"), answers)
    assert answers.getvalue() == child.YES


def test_password_of_a_hash_of_another_kind_is_compared_too() -> None:
    """Imported hashes may be argon2i or argon2d."""
    for kind in (Type.I, Type.D):
        stored = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1, type=kind).hash(RIGHT)
        answers = BytesIO()
        child.answer_all(BytesIO(question(stored, RIGHT) + question(stored, "wrong")), answers)
        assert answers.getvalue() == child.YES + child.NO
