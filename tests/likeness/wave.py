"""Texts of a mailing and of residents, and ways to change them, for the tests of near copies."""

from __future__ import annotations

from random import Random

BAIT = "Деньги до зарплаты за пять минут без справок и поручителей, одобряем всем, пишите в личные сообщения"
SHORT_BAIT = "Займ всем без отказа, пишите мне в личку"
CIVIL = (
    "Здравствуйте, когда уберут снег во дворе на улице Чехова? Вторую неделю не можем выехать",
    "Здравствуйте, когда включат отопление в доме на улице Лазо? Вторую неделю сидим в куртках",
    "Прошу убрать упавший тополь у детского сада «Ромашка», ветки лежат на тротуаре",
    "Прошу отсыпать дорогу у детского сада «Солнышко», машины вязнут в грязи",
    "Спасибо большое за горку у дома культуры, дети катаются каждый вечер до темноты",
    "Спасибо большое за каток на стадионе, дети катаются там до самого вечера",
)
_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя ,.0123456789"
_FACES = str.maketrans("аеорсухкАЕОРСУХК", "aeopcyxkAEOPCYXK")


def changed(text: str, share: float, chance: Random) -> str:
    """The text with that share of its characters inserted, deleted or replaced at random places."""
    characters = list(text)
    for _ in range(max(1, round(len(text) * share))):
        place = chance.randrange(len(characters))
        match chance.randrange(3):
            case 0:
                characters.insert(place, chance.choice(_LETTERS))
            case 1:
                del characters[place]
            case _:
                characters[place] = chance.choice(_LETTERS)
    return "".join(characters)


DISGUISES = {
    "look-alikes": lambda text: text.translate(_FACES),
    "separators": lambda text: "-".join(text),
    "zero width": lambda text: "\u200b".join(text),
    "written apart": lambda text: " ".join(text),
    "repeated letters": lambda text: text.replace("о", "ооо"),
    "capitals and smileys": lambda text: "🔥" + text.upper().replace(" ", " 💰 ") + "!!!",
    "digits": lambda text: text.replace("о", "0").replace("з", "3"),
    "fullwidth and bold": lambda text: text.translate({ord("е"): "ｅ", ord("о"): "𝗼"}),
}
