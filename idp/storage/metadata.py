"""The one MetaData that every `store.py` declares its tables in.

Constraints are named by rule, so that a later migration can speak of them and an error can be told apart by its name.
Foreign keys stay within one noun: neighbours on the floor of records do not know each other.
"""

from sqlalchemy import MetaData

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
