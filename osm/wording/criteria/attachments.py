"""П.16: a photo or video where there is one; what the text says is attached must be."""

import re

from osm.regulation.words import ReplyKind
from osm.wording.criteria.model import Answer, Criterion, Key

_MEDIA = (
    r"(?:фото(?:граф\w+|отч[её]т\w*|материал\w*|к\w{1,3}|чк\w+)?|фотк\w+|сним(?:ок|к\w{1,3})|видео\w*|ролик\w*|кадр\w*|скриншот\w*|скрин\w*"
    r"|схем\w+|график\w*|документ\w*|акт\w{0,3}|файл\w*|копи\w+|карт(?:а|у|ы)|таблиц\w+|протокол\w*)"
)
_ATTACH = (
    r"(?:прилага(?:ем|ю|ются|ется)|прилож(?:или|ил|ила|им|ены|ен|ена|ено|у)|прикреп(?:или|ил|ила|им|лены|лен|лена|лено|лю)"
    r"|прикрепля(?:ем|ю)|прикладыва(?:ем|ю)|влож(?:или|ены|ен|ена)|добав(?:или|ляем|им)|публику(?:ем|ю)|выклад(?:ываем|ываю)|выложили)"
)
_CLAIMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_MEDIA}\b[^.!?\n]{{0,40}}?\b{_ATTACH}\b",
        rf"\b{_ATTACH}\b[^.!?\n]{{0,40}}?\b{_MEDIA}\b",
        r"\b(?:прилага(?:ем|ю|ются|ется)|прикрепля(?:ем|ю)|прикрепили|прикрепил|прикрепила)\b",
        r"\bво\s+вложени[ия]\b|\bв\s+приложени[ия](?!\s*[«\"„])\s*(?:[.,:;!)—–-]|$|к\s+(?:ответу|сообщению|комментарию)|ниже|фото|снимк|видео)",
        rf"\b{_MEDIA}\s*(?:[—–:-]\s*)?(?:ниже|внизу|под\s+ответом|под\s+текстом|в\s+(?:комментари\w+|карусели|посте|ответе))\b",
        rf"\b(?:смотрите|посмотрите|см\.|видно|показал[аи]?|показываем|делимся)\s+(?:на\s+|по\s+)?(?:нашем\s+|наших\s+|этом\s+|этих\s+|наши\s+)?{_MEDIA}\b(?!\s+(?:ваш|автора))",
        r"\b(?:на|в)\s+(?:нашем\s+|наших\s+|этом\s+|этих\s+|прикрепл[её]нн\w+\s+|приложенн\w+\s+|свежем\s+|свежих\s+)?(?:фото|фотографи(?:и|ях)|снимк(?:е|ах)|видео|кадр(?:е|ах)|ролике)\b(?!\s*[,]?\s*(?:которы|что\s+вы|ваш|автора|вы\s|из\s+ваш|в\s+ваш))",
        r"(?:^|[.!?\n(])\s*(?:фото|видео|снимок|снимки|фотоотч[её]т|ролик)(?:\s+(?:работ|результата|с\s+места|до\s+и\s+после|двора|ямы|[а-я]+))?\s*(?:[.)…]|$|[—–]\s*(?:ниже|во|в|здесь|вот))",
        rf"\b(?:лови(?:те)?|держи(?:те)?|вот|шлю|шл[её]м|высылаем|отправляем)\s+(?:и\s+|вам\s+|наше?\s+|обещанн\w+\s+)?{_MEDIA}\b",
        r"(?:^|\s)(?:📷|📸|📎|🎥)\s*(?:ниже|фото|видео)?",
    )
)
_NOT_OURS = re.compile(
    r"(?:ваш\w*|присл\w+|пришл[иё]\w*|прикрепите|приложите|сфотографируйте|снимите|за|сделайте|отправьте|дайте|нужн[оы]|просим|можете|могли)\s*$"
    r"|\b(?:вами|вы|автор\w*|вашем|вашему|вашей|вашего|ваше|ваши|ваших|спасибо\s+за)\b[^.!?\n]*$",
    re.IGNORECASE,
)


def check(answer: Answer) -> Criterion:
    """False only where the text says that something is attached and there is no attachment (design §9)."""
    if answer.attachments > 0:
        return Criterion(Key.ATTACHMENTS, True)
    source = answer.text.source
    for pattern in _CLAIMS:
        for match in pattern.finditer(source):
            start = match.start() + len(match[0]) - len(match[0].lstrip(" \n.!?("))
            if _NOT_OURS.search(source[max(0, start - 60) : start]):
                continue
            advice = "В тексте сказано, что файл приложен, а файла нет. Приложите его или уберите эти слова."
            return Criterion(Key.ATTACHMENTS, False, (answer.text.cut(start, match.end()),), advice)
    if answer.kind is ReplyKind.CLARIFICATION:
        return Criterion(Key.ATTACHMENTS, None, advice="Запросу автору это не нужно.")
    return Criterion(
        Key.ATTACHMENTS, None, advice="Есть фото или видео работ? Приложите. Решает человек.", needs_a_person=True
    )
