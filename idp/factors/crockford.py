"""Codes that people copy from paper: Crockford's base 32, in groups.

No letter looks like a digit; case, grouping, and letters that stand for digits are the reader's business.
"""

from idp.core.tokens import Tokens

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5
"""Of one character."""
GROUP = 5
_MAX_TYPED = 128
_READ = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})
_DRAWN_BITS = 128


def draw(tokens: Tokens, length: int) -> str:
    """Draw one code; 128 bits hold 25 characters, each uniformly."""
    drawn, code = 0, ""
    for position in range(length):
        if position % (_DRAWN_BITS // BITS) == 0:
            drawn = int(tokens.new_id(), 16)
        code += ALPHABET[drawn % len(ALPHABET)]
        drawn //= len(ALPHABET)
    return code


def shown(code: str) -> str:
    """Return a code as it is shown."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def read(typed: str) -> str:
    """Return a code as it was drawn; empty for what cannot be one."""
    code = typed.upper().translate(_READ) if len(typed) <= _MAX_TYPED else ""
    return code if set(code) <= set(ALPHABET) else ""
