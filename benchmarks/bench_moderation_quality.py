"""Findings and false alarms of the moderation library by labels of real comments, compared with rivals.

    python benchmarks/bench_moderation_quality.py [CORPUS]

Reads the labelled comments; if they are missing it says so and continues. Some labels are wrong: civil lines with a
true ground of П.17 are listed below by number, with the reason, and counted separately.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.seeding.moderation_texts import corpus, rivals, rows
from moderation import Moderator, Verdict

Test = Callable[[Verdict], bool]

# Lines of dev.tsv (from 1) labelled civil that contain a ground of П.17.
TRUE_GROUNDS = {
    2153: "грубое бранное определение к управляющей компании",
    8062: "грубое слово о власти",
    8621: "оскорбление и грубое слово о работниках",
    11177: "грубое слово и обидное сравнение с животным",
    11475: "о водителе сказано уничижительно",
    11766: "грубое слово, разделённое точками",
    13334: "власть названа оскорбительным словом",
}
# Also flagged; moderators may disagree. They count as false alarms.
ARGUABLE = {
    2043: "грубое слово о случившемся, ни к кому не обращено",
    8578: "оскорбительное слово о неизвестных, которые мусорят",
    11182: "обидное определение к управляющей компании",
    14220: "матерное слово, переделанное в имя",
}


class Bound(NamedTuple):
    """One line of the table: ending of group names, what is counted, and the wanted share in per cent."""

    title: str
    groups: str
    test: Test
    least: float | None = None
    most: float | None = None


def flagged(verdict: Verdict) -> bool:
    return verdict.decision != "pass"


def excluded(verdict: Verdict) -> bool:
    return verdict.decision == "exclude"


def of(category: str) -> Test:
    return lambda verdict: category in verdict.categories


def offered(verdict: Verdict) -> bool:
    return "spam" in verdict.categories or "ad" in verdict.categories


DEV = (
    Bound("обычные обращения: отмечено", "/normal_civil", flagged, most=0.5),
    Bound("обычные обращения: предложено исключить", "/normal_civil", excluded, most=0.1),
    Bound("брань, rutoxicon: отмечено", "rutoxicon/profanity", flagged, least=95),
    Bound("брань по списку слов: отмечено", "/toxic_with_profanity_lex", flagged, least=98),
    Bound("замаскированная брань: отмечено", "vk_distorted/toxic_obfuscated", flagged, least=80),
    Bound("оскорбления, rutoxicon: отмечено", "rutoxicon/insult", flagged, least=80),
    Bound("оскорбления без брани, ruparadetox: отмечено", "ruparadetox/toxic_no_profanity_lex", flagged, least=70),
    Bound("грубость без брани, blackmoon (у половины нет основания)", "blackmoon/toxic_no_profanity_lex", flagged),
    Bound("угрозы, rutoxicon: отмечено", "rutoxicon/threat", flagged, least=80),
    Bound("спам: отмечено", "/spam", flagged, least=85),
    Bound("переписки: отмечено как спам или реклама", "/ham", offered, most=2),
    Bound("спокойно о тяжёлом: отмечено как спам или реклама", "/sensitive_appropriate", offered, most=2),
    Bound("новости каналов: отмечено как спам или реклама", "/news_post", offered, most=5),
    Bound("группы без модерации: отмечено", "unmoderated_normal", flagged),
)
WRITTEN = (
    Bound("написанные обычные: отмечено", "normal", flagged, most=2),
    Bound("написанная брань: верная категория", "profanity", of("profanity"), least=97),
    Bound("написанные оскорбления: верная категория", "insult", of("insult"), least=82),
    Bound("написанные угрозы: верная категория", "threat", of("threat"), least=88),
    Bound("написанный спам: верная категория", "spam", of("spam"), least=90),
    Bound("написанная реклама: верная категория", "ad", of("ad"), least=90),
)
SAMPLE = 150  # texts of a group for each rival


def line(bound: Bound, verdicts: Iterable[Verdict]) -> str:
    """Title, share, numbers and whether the bound is kept."""
    found = [bound.test(verdict) for verdict in verdicts]
    share = 100 * sum(found) / len(found) if found else 0.0
    wanted = ""
    if bound.least is not None:
        wanted = f"не меньше {bound.least}: {'да' if share >= bound.least else 'НЕТ'}"
    elif bound.most is not None:
        wanted = f"не больше {bound.most}: {'да' if share <= bound.most else 'НЕТ'}"
    return f"{bound.title:58} {share:6.2f} %  {sum(found):5} из {len(found):5}  {wanted}"


def table(path: Path, bounds: Iterable[Bound], moderator: Moderator) -> None:
    """Print the bounds for one labelled file; civil lines with a true ground are listed outside their group."""
    judged = [(number, group, moderator.judge(text)) for number, group, text in rows(path)]
    print(f"\n{path.name}")
    for bound in bounds:
        named = [
            (number, verdict)
            for number, group, verdict in judged
            if (group.endswith(bound.groups) if path.name == "dev.tsv" else group == bound.groups)
        ]
        civil = bound.groups == "/normal_civil"
        print(line(bound, (v for number, v in named if not (civil and number in TRUE_GROUNDS))))
        if civil:
            print(f"    со всеми строками: {line(bound, (v for _, v in named)).removeprefix(bound.title).strip()}")
            for number, verdict in named:
                if bound.test(verdict):
                    reason = TRUE_GROUNDS.get(number) or ARGUABLE.get(number, "ложная тревога")
                    kind = "основание есть" if number in TRUE_GROUNDS else "считается тревогой"
                    print(f"    строка {number}: {kind}: {reason}")


def beside_rivals(path: Path, moderator: Moderator) -> None:
    """The same texts for all: share flagged among civil comments, profanity and insults."""
    groups = ("/normal_civil", "/toxic_with_profanity_lex", "/toxic_obfuscated", "rutoxicon/insult", "rutoxicon/threat")
    samples = {name: [text for _, group, text in rows(path) if group.endswith(name)][:SAMPLE] for name in groups}
    judges = [("moderation", lambda text: flagged(moderator.judge(text)))]
    judges += [(name, judge) for name, judge, _ in rivals()]
    print(f"\nотмечено, % (первые {SAMPLE} строк каждой группы)\n{'':36} " + " ".join(f"{n[-16:]:>17}" for n in groups))
    for name, judge in judges:
        shares = [100 * sum(map(bool, map(judge, texts))) / len(texts) for texts in samples.values()]
        print(f"{name:36} " + " ".join(f"{share:16.1f}%" for share in shares))


def main() -> None:
    folder = corpus(sys.argv[1] if len(sys.argv) > 1 else None)
    if folder is None:
        return
    moderator = Moderator()
    print(f"правила {moderator.rules_version}")
    table(folder / "dev.tsv", DEV, moderator)
    if (folder / "dev_written.tsv").is_file():
        table(folder / "dev_written.tsv", WRITTEN, moderator)
    beside_rivals(folder / "dev.tsv", moderator)


if __name__ == "__main__":
    main()
