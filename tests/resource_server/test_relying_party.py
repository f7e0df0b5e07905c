"""A challenge becomes one redirect, and no endless chain of them (RFC 9470 §4)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.resource_server import (
    Challenge,
    MalformedChallengeError,
    ResourceServerError,
    StepUp,
    StepUpChallenge,
    StepUpLoopError,
    parse_step_up,
)
from idp.resource_server.attempts import Attempts
from tests.resource_server.kit import LADDER, MFA, NOW, ONE
from tests.support.clock import FixedClock

STAMP = int(NOW.timestamp())
ERROR = 'Bearer error="insufficient_user_authentication"'
ASKED = f'{ERROR}, acr_values="{MFA}", max_age="300"'


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def step_up(clock: FixedClock) -> StepUp:
    return StepUp(acr_satisfied_by=LADDER, scopes=["openid", "transfer"], clock=clock)


@pytest.mark.parametrize(
    ("header", "parameters"),
    [
        (ASKED, {"acr_values": MFA, "max_age": "300"}),
        (f'{ERROR}, acr_values="phr {MFA}"', {"acr_values": f"phr {MFA}"}),
        (f"{ERROR}, max_age=0", {"max_age": "0"}),
        (f'{ERROR}, max_age="60", scope="transfer admin"', {"max_age": "60", "scope": "openid transfer admin"}),
        (ERROR, {"prompt": "login"}),
        (f'Basic realm="x", {ERROR}, max_age="60"', {"max_age": "60"}),
        ('DPoP error="insufficient_user_authentication", max_age="60"', {"max_age": "60"}),
    ],
)
def test_challenge_becomes_parameters(header: str, parameters: dict[str, str], step_up: StepUp) -> None:
    """RFC 9470 §4: what the API asks for is what the provider is asked for."""
    answer = step_up.answer(header)
    assert answer is not None
    assert answer.parameters == parameters


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", 'Bearer error="invalid_token"', 'Bearer error="insufficient_scope", scope="x"', "Basic realm=x"],
)
def test_other_refusals_are_no_step_up(header: str, step_up: StepUp) -> None:
    """A redirect mends a lacking level and nothing else."""
    assert step_up.answer(header) is None


@pytest.mark.parametrize(
    "header",
    [
        f'{ERROR}, max_age="soon"',
        f'{ERROR}, max_age="-1"',
        f'{ERROR}, max_age="1e3"',
        f'{ERROR}, max_age="99999999999999999999"',
        f'{ERROR}, max_age="٣"',
        f'{ERROR}, max_age=""',
        f'{ERROR}, acr_values="a  b"',
        f'{ERROR}, acr_values="a\\"b"',
        f'{ERROR}, acr_values="é"',
        f'{ERROR}, acr_values="{"a " * 20}a"',
        f'{ERROR}, acr_values="{"a" * 256}"',
        f'{ERROR}, scope=" x"',
        f"{ERROR}, {ERROR}, error=x, error=y",
    ],
)
def test_challenge_is_refused_when_it_is_malformed(header: str, step_up: StepUp) -> None:
    """Nothing odd goes on to the provider."""
    with pytest.raises(MalformedChallengeError):
        step_up.answer(header)


def test_own_challenge_is_read_back() -> None:
    """What our APIs write, our relying parties read."""
    own = Challenge(
        status=401,
        error="insufficient_user_authentication",
        error_description="x",
        acr_values=(MFA, "phr"),
        max_age=300,
        scopes=("transfer",),
    )
    assert parse_step_up(own.www_authenticate) == StepUpChallenge(
        acr_values=(MFA, "phr"), max_age=300, scopes=("transfer",)
    )


@pytest.mark.parametrize("acr", [MFA, "silver", "phr", "phrh"])
def test_loop_is_stopped_when_the_token_is_as_strong_as_asked(acr: str, step_up: StepUp, clock: FixedClock) -> None:
    """P16: the answer was tried once with any level that is strong enough: another redirect would not help."""
    first = step_up.answer(ASKED, held={"acr": ONE, "auth_time": STAMP})
    assert first is not None
    clock.advance(timedelta(seconds=20))
    with pytest.raises(StepUpLoopError, match="as strong and as fresh"):
        step_up.answer(ASKED, state=first.state, held={"acr": acr, "auth_time": STAMP + 15})


def test_strong_token_does_not_stop_the_first_redirect(step_up: StepUp) -> None:
    """The access token may be older than what the session holds by now: one silent redirect renews it."""
    assert step_up.answer(ASKED, held={"acr": MFA, "auth_time": STAMP}) is not None


@pytest.mark.parametrize(
    "held",
    [
        None,
        {},
        {"acr": ONE, "auth_time": STAMP},
        {"acr": ["phr"], "auth_time": STAMP},
        {"acr": MFA},
        {"acr": MFA, "auth_time": "now"},
        {"acr": MFA, "auth_time": True},
        {"acr": MFA, "auth_time": 1e400},
        {"acr": MFA, "auth_time": 10**40},
        {"acr": MFA, "auth_time": 1e20},
    ],
    ids=repr,
)
def test_second_redirect_is_the_last_when_the_token_stays_weak(held: Any, step_up: StepUp, clock: FixedClock) -> None:
    """A person who went back gets another try, and not a third."""
    first = step_up.answer(ASKED, held=held)
    assert first is not None
    clock.advance(timedelta(seconds=20))
    second = step_up.answer(ASKED, state=first.state, held=held)
    assert second is not None
    clock.advance(timedelta(seconds=20))
    with pytest.raises(StepUpLoopError, match="too often within 15 minutes"):
        step_up.answer(ASKED, state=second.state, held=held)


def test_proof_that_has_aged_since_is_asked_for_again(step_up: StepUp, clock: FixedClock) -> None:
    """A step-up that was good and has lapsed is not a loop, however often, even if the caller never drops the state."""
    state = ""
    for _ in range(6):
        answer = step_up.answer(ASKED, state=state, held={"acr": MFA, "auth_time": int(clock.now().timestamp()) - 310})
        assert answer is not None
        state = answer.state
        clock.advance(timedelta(seconds=311))


def test_api_that_never_is_content_makes_no_loop(step_up: StepUp, clock: FixedClock) -> None:
    """max_age=0 cannot be met by a token that has come from the provider: a proof under a minute old is fresh."""
    header = f'{ERROR}, max_age="0"'
    first = step_up.answer(header)
    assert first is not None
    clock.advance(timedelta(seconds=10))
    with pytest.raises(StepUpLoopError):
        step_up.answer(header, state=first.state, held={"auth_time": STAMP + 5})


def test_api_that_asks_for_ever_other_levels_makes_no_loop(step_up: StepUp, clock: FixedClock) -> None:
    """Four redirects in a quarter of an hour are the most, whatever they are for; then there is peace."""
    state = ""
    for number in range(4):
        answer = step_up.answer(f'{ERROR}, acr_values="level-{number}"', state=state)
        assert answer is not None
        state = answer.state
    with pytest.raises(StepUpLoopError):
        step_up.answer(f'{ERROR}, acr_values="level-5"', state=state)
    clock.advance(timedelta(minutes=15))
    assert step_up.answer(f'{ERROR}, acr_values="level-5"', state=state) is not None


def test_provider_without_a_ladder_is_taken_by_the_letter(clock: FixedClock) -> None:
    """Other providers publish no acr_satisfied_by: then only the very value counts."""
    plain = StepUp(clock=clock)
    first = plain.answer(ASKED)
    assert first is not None
    assert plain.answer(ASKED, state=first.state, held={"acr": "phr", "auth_time": STAMP}) is not None
    with pytest.raises(StepUpLoopError):
        plain.answer(ASKED, state=first.state, held={"acr": MFA, "auth_time": STAMP})


@pytest.mark.parametrize(
    "state",
    [
        "{}",
        "7",
        "null",
        "[1]",
        "[[]]",
        '[["x"]]',
        '[["x","y"]]',
        '[["x",true]]',
        "[[1,2]]",
        "[" * 3000,
        "[" * 2000,
        '[["x",1e400]]',
        '[["x",' + "9" * 300 + "]]",
        "[[",
        "\x00",
        '"xy"',
        '["xy"]',
    ],
)
def test_state_that_cannot_be_read_counts_as_none(state: str) -> None:
    """The caller's session is no stranger's word, and an old form of it breaks nothing."""
    assert Attempts.parse(state, now=NOW) == Attempts()


def test_state_stays_small(clock: FixedClock) -> None:
    """It goes into a cookie session."""
    attempts = Attempts()
    for number in range(30):
        attempts = attempts.with_one_more(f"{number:016}", now=NOW)
    assert len(attempts.text()) < 300
    assert Attempts.parse(attempts.text(), now=NOW + timedelta(minutes=14)) == attempts
    assert Attempts.parse(attempts.text(), now=NOW - timedelta(seconds=1)) == Attempts()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    header=st.text(max_size=40) | st.text(max_size=20).map(lambda text: f'{ASKED}, x="{text}"') | st.just(ASKED),
    state=st.text(max_size=30),
    held=st.none() | st.fixed_dictionaries({"acr": JSON, "auth_time": JSON}),
)
def test_garbage_raises_our_errors_alone(header: str, state: str, held: Any) -> None:
    """Whatever API, session and claims say, the helper answers or raises one of our errors."""
    helper = StepUp(acr_satisfied_by=LADDER, clock=FixedClock())
    try:
        first = helper.answer(header, state=state, held=held)
        if first is not None:
            helper.answer(header, state=first.state, held=held)
    except ResourceServerError:
        return
