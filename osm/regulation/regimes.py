"""The kinds of sources, and the regime of each: whether the Положение applies, and what is taken from a file.

Appeals by telephone, letter or e-mail have no kind: they are registered under 59-FZ, in the office's own journal.
"""

from dataclasses import dataclass

from osm.regulation.labelled import Labelled


class SourceKind(Labelled):
    NETWORKS = "networks", "Соцсети («Инцидент Менеджмент» и подобные)"
    PORTAL = "portal", "Платформа обратной связи (ПОС)"


@dataclass(frozen=True, slots=True)
class Regime:
    """`by_regulation`: its rows are messages of the register, with clocks, breaches, П.17, figures and authors.
    Otherwise they are rows of «ПОС»: own number, own term, answered only there."""

    by_regulation: bool
    takes: frozenset[str] | None = None
    """Fields of the file that are taken; None: all, and columns without a field as they came."""


_OF_PORTAL = (
    "number text place topic published_at received_at deadline_at status rating answered_at"  # no names, no contacts
)
REGIMES: dict[SourceKind, Regime] = {
    SourceKind.NETWORKS: Regime(by_regulation=True),
    SourceKind.PORTAL: Regime(by_regulation=False, takes=frozenset(_OF_PORTAL.split())),
}
