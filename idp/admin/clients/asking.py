"""What the policy in force asks of people at one application: the rules that name it, and those that name none."""

from dataclasses import dataclass

from idp.policy.language import Bundle, Rule
from idp.policy.shipped_actions import SHIPPED
from idp.records.clients.model import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Rules as they stand in the policy."""

    own: tuple[Rule, ...]
    """Those that name the application or one of its tags."""
    common: tuple[Rule, ...]
    """Those that name none."""


def asking_at(bundle: Bundle, client: Client) -> Asking:
    """Return the rules that may apply at this application; those about our own pages alone do not."""
    rules = [rule for rule in bundle.rules if not rule.scope.actions or not rule.scope.actions <= SHIPPED.keys()]
    named = [rule for rule in rules if rule.scope.clients or rule.scope.client_tags]
    return Asking(
        own=tuple(rule for rule in named if _is_about(rule, client)),
        common=tuple(rule for rule in rules if rule not in named),
    )


def _is_about(rule: Rule, client: Client) -> bool:
    clients, tags = rule.scope.clients, rule.scope.client_tags
    return (not clients or client.client_id in clients) and (not tags or not tags.isdisjoint(client.tags))
