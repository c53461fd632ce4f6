"""auditors: a role that ends"""

import sqlalchemy as sa
from alembic import op

revision = "r0008"
down_revision = "r0007"
branch_labels = None
depends_on = None

_BEFORE = ("curator", "executor", "moderator", "head", "admin", "system")
_ROLES = (*_BEFORE[:-1], "auditor", "system")


def upgrade() -> None:
    _set_roles(_ROLES)
    op.create_table(
        "audit_access",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_by", sa.String(length=300), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("ordered_by <> '' AND document <> ''", name=op.f("ck_audit_access_has_ground")),
        sa.CheckConstraint("until > given_at", name=op.f("ck_audit_access_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_audit_access_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["given_by_id"],
            ["user_account.id"],
            name=op.f("fk_audit_access_given_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_audit_access")),
    )


def downgrade() -> None:
    op.drop_table("audit_access")
    op.execute("DELETE FROM user_role WHERE role = 'auditor'")
    _set_roles(_BEFORE)


def _set_roles(codes: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{code}'" for code in codes)
    known = f"role IN ({listed})"
    name = "ck_user_role_role_known"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(name), "user_role", type_="check")
        op.create_check_constraint(op.f(name), "user_role", known)
        return
    # SQLite changes no constraint: the rows move to a new table. No other table refers to it.
    op.create_table(
        "user_role_new",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.CheckConstraint(known, name=op.f(name)),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_role_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_user_role")),
    )
    op.execute("INSERT INTO user_role_new (user_id, role) SELECT user_id, role FROM user_role")
    op.drop_table("user_role")
    op.rename_table("user_role_new", "user_role")
