"""An external verifier's answer is good once, however often it is brought at the same moment (F10)."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.flows.test_external import POLICY, VERIFIER, sent, set_up
from tests.races.test_once import location
from tests.support.fixtures import Template, filled, maker
from tests.support.live import live
from tests.support.provider import Provider
from tests.support.race import Shot, par

__all__ = ["filled"]
ROUNDS, AT_ONCE = 3, 20

pytestmark = [pytest.mark.workers, pytest.mark.xdist_group("workers")]


@pytest.fixture(scope="module")
def provider(request: pytest.FixtureRequest, filled: Template) -> Iterator[Provider]:
    """A provider that knows the verifier, served to many at once."""
    with ExitStack() as stack:
        make = stack.enter_context(maker(request, filled))
        it = stack.enter_context(live(lambda issuer: make(issuer=issuer, IDP_VERIFIERS=VERIFIER.declared())))
        it.publish(POLICY)
        yield it


def test_one_answer_is_taken_once(provider: Provider) -> None:
    """Of twenty that bring one good answer at once one is issued a code; the others are given the same, or nothing."""
    bob = provider.people["bob"]
    set_up(provider, bob)
    for number in range(ROUNDS):
        at = sent(provider, bob)
        answer = VERIFIER.answer(at.request, provider.clock.now())
        page = at.browser.get(f"{at.request['redirect_uri']}?answer={answer}")
        _, url, entries = at.browser.fill(page, {}, button="challenge-submit")
        cookies = at.browser.jar.header(url)
        issued = provider.count("authorization_codes")
        replies = par([Shot(url, entries, {"Cookie": cookies, "Origin": provider.issuer})] * AT_ONCE)
        ends = {location(each) for each in replies if location(each).startswith(provider.bank.redirect_uri)}
        assert len(ends) == 1, f"round {number}: {Counter(each.status for each in replies)}"
        assert provider.count("authorization_codes") == issued + 1
        assert {each.status for each in replies} <= {303, 422, 429, 503}
