"""The process that compares passwords: questions come on its input, each is answered by one byte on its output.

It is started by `idp.login.comparing.processes` and ends with its input, so it never outlives whoever asks. It takes
what serving processes leave of the cores. It knows nobody's name, and says nothing but yes and no.
"""

import os
import struct
import sys
from contextlib import suppress
from typing import BinaryIO

from idp.factors.comparison import compare

QUESTION = struct.Struct("<II")
"""What a question begins with: the lengths of the hash and of the password, which follow."""
YES, NO = b"\x01", b"\x00"
NICENESS = 10


def main() -> None:
    """Answer until nobody can ask any more."""
    with suppress(OSError):
        os.nice(NICENESS)
    answer_all(sys.stdin.buffer, sys.stdout.buffer)


def answer_all(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer each question in turn; one that breaks off is the last."""
    while len(head := questions.read(QUESTION.size)) == QUESTION.size:
        length, longer = QUESTION.unpack(head)
        stored, password = questions.read(length), questions.read(longer)
        answers.write(YES if compare(stored.decode("ascii", "replace"), password) else NO)
        answers.flush()


if __name__ == "__main__":
    main()
