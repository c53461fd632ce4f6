"""Signs of an offer and their points."""

import re

from moderation.rules.base import Hit, in_quotes
from moderation.text.morph import ADJECTIVE, NOUN, PAST
from moderation.text.tokens import Document
from moderation.text.word import BAD_LINK, BRACKET, ENGLISH, HANDLE, LINK, MESSENGER, QUOTE, SHORTENER


# --- Patterns of prices, wages, telephones, complaints; names of the themes of offers
def _any(words: str) -> str:
    """One of these words; makes long patterns readable."""
    return "(?:" + "|".join(words.split()) + ")"


_CITY_PHONE = r"(?<![\d-])\d{1,3}-\d{2}-\d{2}(?![\d-])"
_LONG_PHONE = r"(?<!\d)(?:\+?7|8)[ (-]{0,2}\d{3}[ )-]{0,2}\d{3}[ -]?\d{2}[ -]?\d{2}(?!\d)"
PHONE = re.compile(rf"{_LONG_PHONE}|{_CITY_PHONE}|\[phone\]")

_MONEY = _any(r"р руб рублей рубля ₽ \$ € долл\w* баксов евро usdt тыс тысяч\w* т\.?р к k тугр\w* usd eur е")
PRICE = re.compile(rf"\d[\d ., ]{{0,12}}{_MONEY}\b\.?|[$₽€]\s?\d|\[currency\]")

_PAID = _any(
    "оплата оплатой плачу заплачу платим оклад зп зарплата ставка выплата доход каждому оплачу заработок смена"
)
_FOR_WHAT = (
    r"(?:на руки|в день|за день|за смену|в смену|в неделю|за неделю|за пару|за \d|в час|/час|смена|каждому"
    "|как сделаете|за рейс|доход)"
)
WAGE = re.compile(
    rf"\b{_PAID}[ :—–-]{{0,4}}(?:от |по )?\d|\bплачу \d|\d[\d .,]{{2,9}}(?:р|руб|рублей|к)?\.? ?{_FOR_WHAT}"
)

_UNIT = _any(
    r"кг шт\w* штук\w* литр\w* ведро мешок сутки час куб\w* голов[аыу] пар[аыу] корень десят\w+ м2 м² метр тонн[аыу]"
    r" пачк\w банк\w порци\w занятие сеанс"
)
UNIT_PRICE = re.compile(rf"\d[\d ]{{0,8}}(?:р\w{{0,5}}\.?)? ?(?:/|за |в |- )?\s?{_UNIT}\b|\bот \d{{3,}}")

_ASKED = _any(
    "не нет почему когда где куда прошу просьба просим помогите подскажите жалоба сколько зачем доколе безобразие"
    " уберите почините сделайте примите платим платить подняли спасибо отопление"
)
_TOWN = _any(
    r"выросл\w тариф\w* квитанци\w+ ям[аыу] мусор\w* свалк\w* контейнер\w* люк\w* луж[аиу] снег\w* тротуар\w* фонар\w*"
    r" остановк\w* авари\w* гряз\w* благодар\w+"
)
COMPLAINT = re.compile(rf"\?|\b(?:{_ASKED}|{_TOWN}|плачу за|кто(?! (?:может|готов|свободен|хочет|желает)))\b")

REQUEST = re.compile(
    r"\b(?:прошу|просьба|просим|помогите|разобраться|подскажите|спасибо|почините|уберите|сделайте|пожалуйста|тариф\w*|квитанци\w+"
    r"|куда (?:обра|жало|звон)\w+|примите|закройте|проверьте|накажите|закрасьте|доколе|жалоб\w+)\b"
)

# The author asks neighbours about an offer, or doubts it.
DOUBT = re.compile(
    r"\b(?:законно|почему|нормально ли|правда ли|это нормально|посоветуй\w*|подскажи\w*|кто знает|дайте номер"
    r"|у кого можно|где (?:можно |бы )?(?:купить|заказать|найти))\b"
)

# The author speaks of his life, not of an offer.
STORY = re.compile(
    r"\b(?:опять|снова|приходится|пришлось|постоянно|каждый (?:день|год|раз|месяц)|раз в (?:неделю|месяц|год|день)"
    r"|потому что|поэтому|до сих пор|сам[аи]?|(?:второй|третий) (?:год|месяц|день|раз)|никто|никогда|невозможно"
    r"|нечем|негде|некому|даже|лишь бы|а потом|наш(?:его|ем|ей|а|у|и)? (?:дом|двор|улиц|подъезд|сел|город|район)\w*"
    r"|у нас (?:в|на|во) )"
)

# Work for anyone.
SERVICE = re.compile(
    r"\b(?:обращайтесь(?! (?:в|к|на|по|сюда)\b)|записывайтесь|заказывайте|на дому|под ключ|любой сложности|с гарантией"
    r"|недорого|с нуля|с выездом|выезд на дом|индивидуальн\w+|для (?:детей и взрослых|начинающих)"
    r"|набираю (?:учеников|групп\w+)|принимаю (?:заказы|на)|есть окошк\w)\b"
)

BARE_PRICE = re.compile(r"[,—–-] ?\d{1,3} ?\d{3}(?:[ ,.]|$)|\bпо \d{2,4}(?:[ ,.]|$)|(?:цена|стоит|за) \d{3,6}\b")

# The author warns of a link, asks if it is genuine, or says that it does not open.
WARNING = re.compile(
    r"мошен|развод|обман|лохотрон|осторожн|взлом|вирус|не (?:ведитесь|открывай|переход|верьте)"
    r"|не (?:работает|открывается|загружается)|(?:это|точно) (?:правда|настоящ|официальн)"
)

PLACEHOLDER_LINK = re.compile(r"\[(?:link|ссылка)\]")
PLACEHOLDER_HANDLE = re.compile(r"\[(?:username|ник)\]")

HIDDEN_CONTACT = re.compile(
    r"\b(?:тг|тлг|телег[аеу]|телеграмм?|tg|telegram|вотсап|ватсап|вацап|whatsapp|инст[аеу]|собака|сабака)"
    r"[ :@—–-]{1,3}[a-z][a-z0-9_]{4,}"
    r"|(?<![a-zа-я0-9-])[a-zа-я0-9-]{1,60}+ (?:точка|тчк|dot) (?:ру|ком|com|ru|орг|рф|ми|me|дом|онлайн|нет|инфо)\b"
)

TITLES = {
    "spam.work": "вербовка на работу",
    "spam.pay": "обещание денег",
    "spam.contact": "призыв написать или перейти",
    "spam.crypto": "криптовалюта и вложения",
    "spam.gamble": "азартные игры и розыгрыши",
    "spam.loan": "займы и долги",
    "spam.dark": "незаконный товар или услуга",
    "spam.intimate": "интимные услуги",
    "spam.chain": "рассылка, накрутка, гадание",
    "spam.rumor": "просьба разослать слух",
    "spam.scare": "пугающий слух",
    "spam.phishing": "выманивание данных",
    "spam.free": "приманка",
    "spam.weak": "слова рассылок",
    "spam.hire": "наём незнакомых людей",
    "spam.chore": "разовое поручение",
    "spam.mail": "почтовая рассылка",
    "spam.link_bait": "заманивание на чужую страницу",
    "spam.foreign": "спам на другом языке",
    "spam.offer_paper": "документы и услуги в обход закона",
    "spam.offer_cure": "чудо-средство",
    "spam.offer_magic": "магия и гадание",
    "spam.offer_money": "деньги без труда",
    "spam.offer_prize": "подарки и розыгрыши",
    "spam.offer_channel": "зазывание на чужую страницу",
    "spam.letter": "переводное деловое письмо",
    "spam.stock": "биржа",
    "spam.soft": "программы и сайты",
    "spam.pharm": "лекарства из рассылок",
    "spam.bounce": "письмо почтового сервера",
    "ad.sell": "предложение товара или услуги",
    "ad.offer": "прямое предложение купить, продать или заказать",
    "ad.weak": "слова объявлений",
    "ad.craft": "мастер о своём деле",
    "ad.thing": "товар или услуга",
    "ad.price": "цена",
    "ad.contact": "куда обратиться",
}


# --- Common to spam and advertising: points by theme, addresses outside the page, stories
WORDS_A_POINT = 32  # long texts have chance finds: one point more for each 32 words
_MOST_EXTRA = 2
Themes = dict[str, list[tuple[int, int, str]]]


def score(doc: Document, prefix: str) -> tuple[int, Themes]:
    """Points and finds by theme. A word counts for one theme only: heavier and longer finds come first."""
    finds = [
        (entry.weight, last - first, first, last, group, entry.text)
        for group, found in doc.groups().items()
        if group.startswith(prefix)
        for first, last, entry in found
    ]
    finds.sort(key=lambda find: (-find[0], -find[1], find[2], find[4], find[5]))  # the same in every process
    taken: set[int] = set()
    themes: Themes = {}
    total = 0
    quoted = doc.mask & QUOTE
    for weight, _, first, last, group, text in finds:
        if group in themes and (
            len(themes[group]) > _MOST_EXTRA or any(text == known for _, _, known in themes[group])
        ):
            continue
        places = range(first, last + 1)
        if not taken.isdisjoint(places) or (quoted and group == "ad.offer" and in_quotes(doc, first)):
            continue
        taken.update(places)
        total += 1 if group in themes else weight
        themes.setdefault(group, []).append((first, last, text))
    return total, themes


def address(doc: Document) -> tuple[int, str]:
    """Points and name of an address outside the page: link, shortener, messenger, handle."""
    text = doc.normalised.text
    if doc.mask & (SHORTENER | BAD_LINK):
        return 4, "ссылка"
    if doc.mask & MESSENGER:
        return 3, "ссылка на мессенджер"
    if doc.mask & ENGLISH and HIDDEN_CONTACT.search(text):
        return 3, "контакт, записанный обходом"
    bracket = doc.mask & BRACKET
    if doc.mask & HANDLE or (bracket and PLACEHOLDER_HANDLE.search(text)):
        return 3, "чужой ник"
    if doc.mask & LINK or (bracket and PLACEHOLDER_LINK.search(text)):
        return 2, "ссылка"
    return 0, ""


def done(doc: Document) -> int:
    """Number of things that somebody did: one may be thanks («всё сделал сантехник Сергей»), two are a story."""
    return sum(1 for word in doc.words if word.grammar & PAST and not word.grammar & (NOUN | ADJECTIVE))


def hit(doc: Document, themes: Themes, high: bool, why: str) -> Hit:
    places = sorted(place for found in themes.values() for place in found)
    if not places:
        return Hit(0, len(doc.words) - 1, "high" if high else "medium", "", why)
    first, last, text = places[0]
    return Hit(first, last, "high" if high else "medium", text.replace("=", ""), why)
