"""A line chart as points for an SVG; its numbers in words for those who do not see it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

WIDTH, HEIGHT = 360, 124
LEFT, RIGHT, TOP, BOTTOM = 22, 338, 22, 100
MOST_NAMED = 8
"""With more points only the first and the last have their day and number."""

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Text:
    """Words in the middle of a place."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`lines`: the class of each and its points; `words`: the same for a screen reader."""

    lines: tuple[tuple[str, str], ...]
    dots: tuple[tuple[float, float], ...]
    numbers: tuple[Text, ...]
    days: tuple[Text, ...]
    target: float | None
    words: str


def chart_of(
    title: str, days: Sequence[str], main: Values, others: Sequence[tuple[str, Values]] = (), *,
    top: float = 0, target: float | None = None, told: Sequence[str] = (),
) -> Chart:  # fmt: skip
    """`others`: the class and values of each other line; a value that is None leaves a gap. `top`: of the scale.

    `told`: the values of the main line in other words than the numbers.
    """
    all_values = [value for values in (main, *(values for _, values in others)) for value in values]
    highest = max([top, 1, *(value for value in all_values if value is not None)])
    apart = (RIGHT - LEFT) / max(len(days) - 1, 1)

    def place(number: int, value: float) -> tuple[float, float]:
        return round(LEFT + number * apart, 1), round(BOTTOM - (BOTTOM - TOP) * value / highest, 1)

    def lines(kind: str, values: Values) -> Iterator[tuple[str, str]]:
        for is_known, run in groupby(enumerate(values), key=lambda one: one[1] is not None):
            if is_known:
                yield kind, " ".join("{},{}".format(*place(number, value or 0)) for number, value in run)

    known = [(number, *place(number, value), value) for number, value in enumerate(main) if value is not None]
    named = known if len(days) <= MOST_NAMED else [known[0], known[-1]] if len(known) > 1 else known
    said = told or ["" if value is None else f"{value:g}" for value in main]
    words = ", ".join(f"{day} — {one}" for day, one in zip(days, said, strict=True) if one)
    return Chart(
        lines=(*(line for kind, values in others for line in lines(kind, values)), *lines("main", main)),
        dots=tuple((x, y) for _, x, y, _ in named),
        numbers=tuple(
            Text(x, y + (16 if target is not None and y + 16 < BOTTOM else -6), f"{value:g}")
            for _, x, y, value in named
        ),
        days=tuple(
            Text(round(LEFT + n * apart, 1), HEIGHT - 6, day)
            for n, day in enumerate(days)
            if len(days) <= MOST_NAMED or n in (0, len(days) - 1)
        ),
        target=None if target is None else place(0, target)[1],
        words=f"{title}: {words or 'данных нет'}",
    )
