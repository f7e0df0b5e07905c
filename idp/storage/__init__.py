"""The database: engine, transactions, column types. Nothing of SQLAlchemy leaves here and the `store.py` files."""
