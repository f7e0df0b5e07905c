"""The scopes of the admin API, which is ours: whichever client may have one can act on this installation.

They are named after the actions of the policy that guard the same things in the console. So who registers a client with
one of them, or changes such a client, must be allowed everything (`reaches`).
"""

from idp.records.clients.model import Client

PATH = "/admin/api"
CONSOLE, AUDIT, PEOPLE = "admin.console", "admin.audit", "admin.people"
CLIENTS, POLICY, KEYS, DELIVERY = "admin.clients", "admin.policy", "admin.keys", "admin.delivery"
SCOPES = (CONSOLE, AUDIT, PEOPLE, CLIENTS, POLICY, KEYS, DELIVERY)
"""Look at everything; look at the audit trail alone; change each of the others."""


def audience(issuer: str) -> str:
    """Return how access tokens name the admin API (RFC 8707)."""
    return issuer + PATH


def reaches(client: Client) -> bool:
    """Tell whether a client may have tokens for the admin API."""
    return not set(client.scope).isdisjoint(SCOPES)
