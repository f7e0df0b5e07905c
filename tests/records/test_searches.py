"""What the console asks of clients and credentials."""

import pytest

from idp.records.clients import store as clients
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.storage.database_tx import DatabaseTx
from tests.records import rows
from tests.support.builders import a_client


@pytest.mark.parametrize("sort", clients.SORTS)
def test_clients_are_searched(tx: DatabaseTx, sort: str) -> None:
    """By id or name, in either case and order, one page at a time."""
    for client_id, name in (("shop", "Shop"), ("bank", "Harbor"), ("pay_api", "Payments")):
        clients.add(tx, a_client(client_id, client_name=name))
    assert clients.search(tx, "HARB", sort=sort, is_descending=False, limit=9)[0][0].client_id == "bank"
    assert [each.client_id for each in clients.search(tx, "_", sort=sort, is_descending=True, limit=9)[0]] == [
        "pay_api"
    ]
    found, total = clients.search(tx, "", sort=sort, is_descending=False, limit=2, offset=2)
    assert (len(found), total) == (1, 3)


def test_people_are_counted_once_a_factor(tx: DatabaseTx) -> None:
    """Whoever has two apps is one person."""
    for number in (1, 2):
        users.add(tx, rows.user(id=f"u{number}", username=f"n{number}"))
        credentials.add_credential(tx, rows.credential(id=f"p{number}", user_id=f"u{number}", factor="password"))
    for number in (1, 2):
        credentials.add_credential(tx, rows.credential(id=f"t{number}", user_id="u1"))
    assert credentials.count_people(tx) == {"password": 2, "totp": 1}
