"""Differences between simulated offices: sorts of texts, their usual shares, and habits to choose from."""

from __future__ import annotations

from random import Random

from benchmarks.offices.facts import Ground, Habit, Office

SHARES: dict[str, float] = {
    "civil": 58, "heated": 11, "ironic": 4, "figurative": 2, "reported": 1.5, "local": 3.5, "coarse": 3, "obscene": 2.2,
    "insult_official": 2.5, "insult_neighbour": 2.2, "thieves": 2, "threat": 0.7, "hated_ad": 1.8, "craft_ad": 2,
    "spam": 2.4, "charity": 1, "shared_link": 1.2,
}  # fmt: skip
"""Per cent in the average office; each office varies by a third and more."""

STAYS = ("civil", "heated")
"""No office deletes these, so the log only says that they were kept."""
MARKED_WRONG = ("figurative", "reported", "local")
"""No office deletes these, although they look bad."""
ALWAYS: dict[str, Ground] = {
    "obscene": "profanity", "insult_official": "insult", "threat": "threat", "hated_ad": "ad", "spam": "spam",
}  # fmt: skip
"""Deleted in every office, on this ground."""

HABITS: tuple[tuple[Habit, Habit], ...] = (
    (Habit("irony is criticism", "ironic", ""), Habit("mockery offends", "ironic", "insult")),
    (Habit("mild words pass", "coarse", ""), Habit("no coarse word stays", "coarse", "profanity")),
    (
        Habit("neighbours may quarrel", "insult_neighbour", ""),
        Habit("nobody is insulted", "insult_neighbour", "insult"),
    ),
    (Habit("thieves is criticism", "thieves", ""), Habit("thieves is an insult", "thieves", "insult")),
    (Habit("craftsmen may offer", "craft_ad", ""), Habit("nobody advertises", "craft_ad", "ad")),
    (Habit("collections are help", "charity", ""), Habit("collections are spam", "charity", "spam")),
    (Habit("links are shared", "shared_link", ""), Habit("strange links are spam", "shared_link", "spam")),
)
"""The usual habit of each sort, and the rarer one."""
RARER = 0.4

LOCAL = (
    "Сучан", "Хохловка", "Сукачёвка", "Манзовка", "Свинячий Лог", "Гадючий Ключ", "Козловка", "Лоховка", "Дураково",
    "Херсонка", "Дурнево", "Жабье", "Чертовка", "Тупиково", "Ослянка",
)  # fmt: skip
TRADES = (
    "такси до города", "такси круглосуточно, межгород", "уход за лицом и телом", "дрова колотые, горбыль",
    "натяжные потолки", "кредитный юрист", "шубы из Читы", "вывоз хлама",
)  # fmt: skip
OFFERS = (
    "ставлю заборы", "чиню печи", "пеку пироги на заказ", "вожу перегной", "шью шторы", "подстригу газон",
    "режу стекло", "ремонтирую телефоны", "вяжу варежки", "учу английскому", "копаю колодцы", "чищу снег трактором",
    "делаю табуретки",
)  # fmt: skip


def office(seed: int) -> Office:
    """The office of a seed: the same seed, the same office."""
    random = Random(f"office {seed}")
    habits = tuple(pair[random.random() < RARER] for pair in HABITS)
    turn = None
    if random.random() < 1 / 3:
        changed = random.randrange(len(HABITS))
        usual, rarer = HABITS[changed]
        turn = rarer if habits[changed] is usual else usual
    shares = {
        sort: share * random.lognormvariate(0, 0.08 if sort == "civil" else 0.3) for sort, share in SHARES.items()
    }
    whole = sum(shares.values())
    return Office(
        seed=seed,
        habits=habits,
        turn=turn,
        turns_at=random.uniform(0.45, 0.65),
        local=random.choice(LOCAL),
        trade=random.choice(TRADES),
        slips=random.uniform(0.01, 0.03),
        shares={sort: share / whole for sort, share in shares.items()},
    )
