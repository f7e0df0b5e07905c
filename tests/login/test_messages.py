"""The words of what is sent, by themselves: what a locked screen may show of them."""

import pytest

from idp.factors.base import Message
from idp.login.messages import code_letter
from idp.web.languages import read_catalogues

CODE = "482913"


@pytest.mark.parametrize("language", sorted(read_catalogues()))
@pytest.mark.parametrize("client", ["Harbor Bank", ""], ids=["for a client", "for the account"])
def test_subject_of_a_mail_holds_no_code(language: str, client: str) -> None:
    """F4: lists of mails and locked screens show subjects, so the code stands in the text alone, in every language."""
    message = Message(channel="email", to="ada@example.com", purpose="code", values={"code": CODE, "minutes": "5"})
    letter = code_letter(message, read_catalogues()[language], host="id.example.com", client=client)
    assert letter.subject
    assert not set(CODE) & set(letter.subject)
    assert CODE in letter.text
