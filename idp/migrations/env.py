"""What Alembic runs: the migrations, on the connection and inside the transaction that `upgrade` has opened."""

from alembic import context

from idp.migrations.tables import all_tables

context.configure(
    connection=context.config.attributes["connection"], target_metadata=all_tables(), transactional_ddl=False
)
context.run_migrations()
