"""For relying parties: an API's RFC 9470 challenge becomes the parameters of one authorize redirect, and not of many.

The rules it keeps: the same challenge again, after a token as strong as it asked for, ends in StepUpLoopError: the API
and the provider disagree, and no redirect mends that; a person is never sent round more often than a few times in a
quarter of an hour, whatever an API says. What has been asked already is a short text that the caller keeps in its own
session and drops when the API has accepted a token.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from idp.core.clock import Clock, SystemClock
from idp.core.tokens import digest
from idp.resource_server.attempts import WINDOW, Attempts
from idp.resource_server.errors import MalformedChallengeError, StepUpLoopError
from idp.resource_server.levels import Levels
from idp.resource_server.model import LEAST_MAX_AGE
from idp.resource_server.step_up import is_young
from idp.resource_server.www_authenticate import parse_challenges

MOST_FOR_ONE = 2
MOST_FOR_ALL = 4
_MOST_VALUES = 20
_VALUE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,255}")
_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUpChallenge:
    """What an API asks for (RFC 9470 §3)."""

    acr_values: tuple[str, ...] = ()
    max_age: int | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepUpAnswer:
    """Parameters to add to the authorization request (RFC 9470 §4), and the text to keep in the session."""

    parameters: Mapping[str, str]
    state: str


def parse_step_up(www_authenticate: str) -> StepUpChallenge | None:
    """Return what the header asks for, None when that is no step-up; raise MalformedChallengeError and nothing else."""
    for challenge in parse_challenges(www_authenticate):
        given = challenge.parameters
        if challenge.scheme in {"bearer", "dpop"} and given.get("error") == "insufficient_user_authentication":
            seconds = given.get("max_age")
            if seconds is not None and not _SECONDS.fullmatch(seconds):
                raise MalformedChallengeError("max_age is not a number of seconds")
            return StepUpChallenge(
                acr_values=_values(given.get("acr_values", "")),
                max_age=None if seconds is None else int(seconds),
                scopes=_values(given.get("scope", "")),
            )
    return None


class StepUp:
    """Answers challenges for one relying party at one provider.

    `acr_satisfied_by` is the member of that name in the provider's discovery document; `scopes` are those that the
    relying party asks for anyway.
    """

    def __init__(
        self,
        *,
        acr_satisfied_by: Mapping[str, list[str]] | None = None,
        scopes: Iterable[str] = ("openid",),
        clock: Clock | None = None,
    ) -> None:
        self._levels = Levels(acr_satisfied_by)
        self._scopes = tuple(scopes)
        self._clock = clock or SystemClock()

    def answer(
        self, www_authenticate: str, *, state: str = "", held: Mapping[str, Any] | None = None
    ) -> StepUpAnswer | None:
        """Return the one redirect that may help, or None when the header asks for no step-up.

        `state` is what the answer before this one gave; `held` are the claims of the newest ID token (`acr`,
        `auth_time`). Raises StepUpLoopError where a redirect would not help, MalformedChallengeError for garbage.
        """
        challenge = parse_step_up(www_authenticate)
        if challenge is None:
            return None
        attempts, name = Attempts.parse(state, now=self._clock.now()), digest(repr(challenge))[:16]
        last = attempts.last(name)
        if last is not None and held is not None and self._was_met(challenge, held, since=last):
            attempts = attempts.without(name)
        if attempts.count(name) >= MOST_FOR_ONE or attempts.total() >= MOST_FOR_ALL:
            raise StepUpLoopError(
                f"the API asked for a step-up too often within {WINDOW.seconds // 60} minutes: what the provider gives "
                "is not what the API asks for"
            )
        return StepUpAnswer(self._parameters(challenge), attempts.with_one_more(name, now=self._clock.now()).text())

    def _was_met(self, challenge: StepUpChallenge, held: Mapping[str, Any], *, since: datetime) -> bool:
        """Tell whether the answer before was good and has merely aged; stop the loop of one that still is good."""
        acr, auth_time = held.get("acr"), _moment(held.get("auth_time"))
        if not self._levels.satisfies(acr if isinstance(acr, str) else "", challenge.acr_values):
            return False
        max_age = None if challenge.max_age is None else max(challenge.max_age, LEAST_MAX_AGE)
        if is_young(auth_time, max_age, now=self._clock.now()):
            raise StepUpLoopError(
                "the API refuses a token that is as strong and as fresh as it asks for: its clock, its audience or its "
                "idea of the levels differs from the provider's"
            )
        return auth_time is not None and auth_time >= since

    def _parameters(self, challenge: StepUpChallenge) -> dict[str, str]:
        parameters: dict[str, str] = {}
        if challenge.acr_values:
            parameters["acr_values"] = " ".join(challenge.acr_values)
        if challenge.max_age is not None:
            parameters["max_age"] = str(challenge.max_age)
        if not parameters:  # it names nothing that it lacks: a fresh proof is all that can be offered
            parameters["prompt"] = "login"
        if challenge.scopes:
            parameters["scope"] = " ".join(dict.fromkeys((*self._scopes, *challenge.scopes)))
        return parameters


def _values(text: str) -> tuple[str, ...]:
    values = tuple(text.split(" ")) if text else ()
    if len(values) > _MOST_VALUES or not all(_VALUE.fullmatch(value) for value in values):
        raise MalformedChallengeError("a list of values is too long or not one of plain words")
    return values


def _moment(value: Any) -> datetime | None:
    """Return an `auth_time` claim as a time, or None for anything that is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
