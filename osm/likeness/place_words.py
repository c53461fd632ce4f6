"""Words that name a place in an address or a text."""

from __future__ import annotations

import re

TOWN_KEY = "#town"
"""The town among the settlements: a street of the town differs from one with the same name in a village."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STREET_KINDS = _words("ул улица пер переулок проспект пр-т просп пр-кт проезд бульвар б-р шоссе тупик набережная наб")
SETTLEMENT_KINDS = _words("с село пос поселок п пгт деревня дер д мкр микрорайон станция ст хутор")
TOWN = _words("г город лесозаводск лесозаводский городской округ приморский край го район р-н")

PLACE_PREPOSITIONS = _words("на по у возле около рядом с от до за с через против напротив вдоль угол улице")

_ORDINALS = """
первый второй третий четвертый пятый шестой седьмой восьмой девятый десятый одиннадцатый двенадцатый тринадцатый
четырнадцатый пятнадцатый шестнадцатый семнадцатый восемнадцатый девятнадцатый двадцатый
"""
ORDINALS = {word: number for number, word in enumerate(_ORDINALS.split(), 1)}
TENS = {"двадцать": 20, "тридцать": 30, "сорок": 40, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70}

MONTHS = _words("января февраля марта апреля мая июня июля августа сентября октября ноября декабря")

LANDMARKS = {
    # Kinds of place of which a town has several, so they need a name or number.
    "школа": "several", "гимназия": "several", "лицей": "several", "детсад": "several", "садик": "several",
    "сад": "several", "д/с": "several", "магазин": "several", "аптека": "several", "остановка": "several",
    "общежитие": "several", "котельная": "several", "колонка": "several", "гараж": "several", "памятник": "several",
    # Kinds of which there is one, or one main one.
    "хлебозавод": "single", "рынок": "single", "вокзал": "single", "кладбище": "single", "поликлиника": "single",
    "больница": "single", "парк": "single", "сквер": "single", "стадион": "single", "площадь": "single",
    "виадук": "single", "переезд": "single", "налоговая": "single", "почта": "single", "бассейн": "single",
    "пляж": "single", "набережная": "single", "автовокзал": "single", "роддом": "single", "библиотека": "single",
    "музей": "single", "церковь": "single", "храм": "single", "элеватор": "single", "каток": "single",
    "лесхоз": "single", "военкомат": "single", "дк": "single", "мфц": "single", "сопка": "single",
    "техникум": "single", "колледж": "single", "баня": "single", "плотина": "single", "дамба": "single",
}  # fmt: skip
"""Dictionary form of a landmark → how many a town has."""
SAME_LANDMARK = {"детсад": "садик", "сад": "садик", "д/с": "садик", "гимназия": "школа", "торговый": "рынок"}

_ADJECTIVE = re.compile(r"(?:ая|ой|ую|яя|ей|юю|ого|ому|его|ему|ий|ый|ое|ее|ые|ых)$")
_STREET_ENDING = re.compile(r"(?:ск(?:ая|ой|ую|ого|ому)|н(?:ая|ой|ую)|в(?:ая|ой|ую)|[оеё]ва|ина|ына|ого|его|[шчл]ко)$")
_NEUTER = re.compile(r"(?:ого|ому|ом)$")
_VOWELS = "аеиоуыэюя"


def is_street_like(plain: str) -> bool:
    """Whether a word looks like the name of a street: an adjective, or a surname in the genitive."""
    return len(plain) > 4 and _STREET_ENDING.search(plain) is not None


def street_key(*names: str) -> str:
    """One key for all case forms: «Калининская», «Калининской» → `калининск`; for «Карла Маркса» the surname."""
    name = names[-1].replace("ё", "е")
    stem = _ADJECTIVE.sub("", name)
    return stem if len(stem) > 3 and len(name) > 5 else name


def settlement_key(plain: str) -> str:
    """One key for all case forms: «Глазовка», «Глазовке» → `глазовк`."""
    neuter = _NEUTER.sub("ое", plain)
    if neuter != plain or plain.endswith("ое"):
        return neuter
    stem = plain.rstrip(_VOWELS + "й")
    return stem if len(stem) > 2 else plain
