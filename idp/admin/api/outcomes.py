"""What comes of an attempt to publish, or to set a version to work, as answers and refusals."""

from idp.admin.api.calls import Mistake, RefusedError, mistakes
from idp.admin.api.policies_shown import Outcome, checked_of
from idp.admin.policies import model
from idp.admin.policies.rolling_out import Started

REFUSALS = {"409": "another version was published since, or somebody else must agree", "422": "what stands against it"}


def outcome_of(found: model.Outcome | Started) -> Outcome:
    """Return what came of it. Raises RefusedError where nothing did."""
    match found:
        case model.Refused(checked):
            raise _refused(checked)
        case model.Stale(live, _, _):
            errors = (Mistake(detail=f"the live version is {live}", field="parent"),)
            raise RefusedError(409, "stale", "Another version was published since", errors=errors)
        case model.NotYours():
            raise RefusedError(409, "not_yours", "Another administrator than who proposed it must agree")
        case model.Unchanged(version):
            return Outcome(outcome="unchanged", version=version)
    return _done(found)


def _done(found: model.Published | model.Scheduled | model.Proposed | Started) -> Outcome:
    checked = checked_of(found.checked)
    match found:
        case model.Published(version, replaced):
            return Outcome(outcome="published", version=version, replaced=replaced, checked=checked)
        case model.Scheduled(version, at):
            return Outcome(outcome="scheduled", version=version, starts_at=at, checked=checked)
        case model.Proposed(proposal):
            return Outcome(outcome="proposed", proposal=proposal, checked=checked)
        case Started(version):
            return Outcome(outcome="started", version=version, checked=checked)


def _refused(checked: model.Checked) -> RefusedError:
    census = checked.census
    detail = f"{census.unmet} of {census.people} people could not meet it with what they have set up"
    errors = mistakes(checked.problems)
    return RefusedError(422, "invalid", "The bundle may not be published", detail=detail, errors=errors)
