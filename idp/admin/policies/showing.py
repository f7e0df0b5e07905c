"""What the pages of the policy have in common: whom they name, what they say of an outcome, the page of a draft."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from idp.admin import access
from idp.admin.access import Permission
from idp.admin.policies.drafting import MOST_CHARACTERS, MOST_WHILE_TYPING, Drafting, Reading
from idp.admin.policies.forms.service import outline
from idp.admin.policies.replays.service import DAYS, USUAL
from idp.core.errors import NotFoundError
from idp.login.begun import Admitted
from idp.records.bundles import store as bundles
from idp.records.bundles.drafts import store as drafts
from idp.records.bundles.model import Draft
from idp.records.bundles.replays import store as replays
from idp.records.users import store as users
from idp.storage.tx import Tx
from idp.web.desk import Desk

HOME = "/admin/policies"
_REPLAYS = 5


def back_to_draft(desk: Desk) -> Callable[..., Any]:
    """Return the view to which a fresh proof leads: the draft, where what it was asked for is one click away."""
    return lambda _admitted, draft_id: desk.leave(f"{HOME}/drafts/{draft_id}")


def found_draft(tx: Tx, draft_id: str) -> Draft:
    """Return the draft. Raises NotFoundError."""
    draft = drafts.get(tx, draft_id)
    if draft is None:
        raise NotFoundError
    return draft


def names_of(tx: Tx, whoever: Iterable[str]) -> dict[str, str]:
    """Return how people know who did something; the command line has no name."""
    found = {by: users.get(tx, by) for by in set(whoever)}
    return {by: (user.display_name or user.username) if user is not None else "" for by, user in found.items()}


def status_of(outcome: object) -> int:
    """Return the status of a page that says what came of an attempt; None: nothing was attempted."""
    return {"Stale": 409, "Refused": 422, "NotYours": 422}.get(type(outcome).__name__, 200)


def may_edit(admitted: Admitted) -> bool:
    """Tell whether whoever looks may change policies."""
    return Permission.MANAGE in access.permissions_of(admitted.user.roles)


def draft_page(
    tx: Tx,
    drafting: Drafting,
    admitted: Admitted,
    draft: Draft,
    *,
    typed: str = "",
    is_stale: bool = False,
    outcome: object = None,
) -> Mapping[str, Any]:
    """Return what the page of a draft shows: the text, what it comes to, and what came of an attempt."""
    text = typed or draft.text
    live = bundles.live(tx)
    return {
        "staff": admitted.user,
        "draft": draft,
        "text": text,
        "lines": text.split("\n"),
        "outline": outline(draft).parts,
        "reading": drafting.read(tx, draft) if not is_stale else Reading(problems=()),
        "is_stale": is_stale,
        "is_large": False,
        "most": MOST_CHARACTERS,
        "most_while_typing": MOST_WHILE_TYPING,
        "is_overtaken": live is not None and live.version != draft.parent,
        "outcome": "" if outcome is None else type(outcome).__name__,
        "replays": replays.list_replays(tx, draft.id, limit=_REPLAYS),
        "days": DAYS,
        "usual_days": USUAL,
        "may_edit": may_edit(admitted),
    }
