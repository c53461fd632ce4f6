"""Comments under photos and videos are kinds of their own (Пр.2.6)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

BEFORE = ("comment", "community_message", "suggested_post", "discussion")
UNDER = ("photo_comment", "video_comment")
_comment = sa.table("comment", sa.column("kind", sa.String()), sa.column("external_id", sa.String()))


def upgrade() -> None:
    _allow(BEFORE + UNDER)
    for kind in UNDER:
        # So the networks' names of them begin (`osm.connectors.contract.Target.named`).
        theirs = sa.and_(_comment.c.kind == "comment", _comment.c.external_id.startswith(f"{kind}:", autoescape=True))
        op.execute(sa.update(_comment).where(theirs).values(kind=kind))


def downgrade() -> None:
    op.execute(sa.update(_comment).where(_comment.c.kind.in_(UNDER)).values(kind="comment"))
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    with op.batch_alter_table("comment") as batch:
        batch.drop_constraint(op.f("ck_comment_comment_kind_known"), type_="check")
        batch.create_check_constraint("comment_kind_known", f"kind IN ({', '.join(map(repr, kinds))})")
