"""No table grows without somebody having said why."""

from idp.app.purging import STAYS, purgers
from idp.core.assurance import traits_table
from idp.migrations.tables import all_tables
from idp.policy.loader import load_path
from idp.resources import shipped


def test_each_table_is_purged_or_stays_for_a_reason() -> None:
    """Whoever adds a table adds it to `purgers` or to `STAYS` in `idp/app/purging.py`."""
    bundle = load_path(shipped("policies") / "default.yaml", traits=traits_table())
    purged = [each.table for each in purgers(bundle)]
    assert len(purged) == len(set(purged))
    assert set(purged) & set(STAYS) == set()
    assert set(purged) | set(STAYS) == set(all_tables().tables)
    assert all(STAYS.values())
