"""Sessions that were opened by OpenID Connect."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from osm.extensions import Base


class OidcSession(Base):
    """What the provider gave with a log-in: it names its session in a log-out, and its tokens ask about the person."""

    __tablename__ = "oidc_session"

    id_hash: Mapped[str] = mapped_column(ForeignKey("web_session.id_hash", ondelete="CASCADE"), primary_key=True)
    sid: Mapped[str] = mapped_column(String(255), default="", index=True)
    """The provider's name of its session; empty: it gave none."""
    tokens: Mapped[str] = mapped_column(Text)
    """Encrypted: `refresh`, may be missing, and `id`, which the log-out shows to the provider."""
