"""The code by a call (F5): something one has, the number; enrolled and checked as by text message.

It is there where a carrier can call. A number proven by call and by text message is one channel, so the two never count
as two. Calls reach fixed lines too.
"""

from idp.factors.sms import Sms


class Voice(Sms):
    """A number that is the person's, called."""

    name = "voice"
    serves_fixed_lines = True
