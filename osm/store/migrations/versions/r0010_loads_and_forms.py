"""integrators that hand over exports; the form of a source, in which answers are entered"""

import sqlalchemy as sa
from alembic import op

revision = "r0010"
down_revision = "r0009"
branch_labels = None
depends_on = None

_BEFORE = ("write", "read", "both")
_AFTER = (*_BEFORE, "loads")


def upgrade() -> None:
    _change_rights(_BEFORE, _AFTER)
    op.add_column("import_source", sa.Column("form", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("import_source", "form")
    op.execute("UPDATE integrator SET rights = 'read', token_hash = NULL, token_made_at = NULL WHERE rights = 'loads'")
    _change_rights(_AFTER, _BEFORE)


def _change_rights(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    name, known = op.f("ck_integrator_rights_known"), f"({', '.join(map(repr, after))})"
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(name, "integrator", type_="check")
        op.create_check_constraint(name, "integrator", f"rights IN {known}")
        return
    # SQLite changes no constraint: the rows move to a new table. Foreign keys are off in a migration.
    of_table = "FROM sqlite_master WHERE tbl_name = 'integrator' AND sql IS NOT NULL AND type ="
    made = connection.exec_driver_sql(f"SELECT sql {of_table} 'table'").scalar_one()
    indexes = connection.exec_driver_sql(f"SELECT sql {of_table} 'index' ORDER BY name").scalars().all()
    begin, found, end = made[made.index("(") :].partition(f"({', '.join(map(repr, before))})")
    if not found:
        raise RuntimeError("the rights of integrators are others than those before")
    connection.exec_driver_sql(f"CREATE TABLE integrator_new {begin}{known}{end}")
    connection.exec_driver_sql("INSERT INTO integrator_new SELECT * FROM integrator")
    op.drop_table("integrator")
    op.rename_table("integrator_new", "integrator")
    for index in indexes:
        connection.exec_driver_sql(index)
