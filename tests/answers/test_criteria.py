"""П.16 and П.15, criterion by criterion: texts that meet it and texts that do not."""

import pytest

from tests.answers.conftest import evidence, judged, met

GREETING = {
    "Здравствуйте, Ольга! Снег вывезли.": True,
    "Доброго дня! Снег вывезли.": True,
    "🙂 Ольга Петровна, снег вывезли.": True,
    "Уважаемые жители Садовой! Снег вывезли.": True,
    "[id77|Ольга], снег вывезли.": True,
    "Соседи, снег вывезли.": True,
    "И снова здравствуйте! Снег вывезли.": True,
    "Добрые вести: снег вывезли.": False,
    "Спасибо за сообщение! Снег вывезли.": False,
    "О вывозе снега\n\nУважаемая Ольга Петровна! Снег вывезли.": False,
    "Снег вывезли, Ольга.": False,
}
POLITE = {
    "Здравствуйте! Снег вывезли вчера.": True,
    "Нет. Снег вывезут в пятницу.": True,
    "Здравствуйте! На табличке написано «Береги свой дом».": True,
    "Здравствуйте! Сообщите адрес, и ответим лично вам.": True,
    "Здравствуйте! Извините, что не предупредили вас.": True,
    "Здравствуйте! Материала хватит на всю улицу, слесарь придёт утром.": True,
    "Ты бы адрес сначала написал.": False,
    "Здравствуйте! Скинь адрес.": False,
    "Танечка, здравствуйте! Снег вывезли.": False,
    "Марин, привет! Снег вывезли.": False,
    "Здравствуйте, милочка! Снег вывезли.": False,
    "Сами мусорите, сами и виноваты.": False,
    "Телепатов у нас нет, пишите адрес.": False,
    "Здравствуйте! Не нравится — переезжайте.": False,
    "Здравствуйте! Хватит жаловаться, снег вывезли.": False,
    "Здравствуйте! Вы идиот, снег вывезли.": False,
}
FORMAT = {
    "Здравствуйте! График здесь: https://city.example/sneg. Телефон 2-11-12.": True,
    "Здравствуйте! Вывезли:\n— снег с Садовой,\n— снег с Лесной.\nС уважением, администрация": True,
    "АДМИНИСТРАЦИЯ ГОРОДСКОГО ОКРУГА\nЗдравствуйте! Снег вывезли.": False,
    "Исх. № 4-17 от 12.11.2026\nЗдравствуйте! Снег вывезли.": False,
    "Здравствуйте! Снег вывезли.\n\nГлавный специалист\nПетрова О. И.": False,
    "Здравствуйте! Снег вывезли. Начальник отдела ЖКХ П. П. Петров": False,
    "Здравствуйте! https://a.example/1 https://a.example/2 https://a.example/3": False,
    "Снег на Садовой вывезли за ночь\n\nСегодня в округе убирали снег.\n\nПресс-служба администрации": False,
    "Здравствуйте! " + "Снег вывезли. " * 120: False,
}
BODY = {
    "Снег вывезло «Городское хозяйство».": True,
    "Снег вывез отдел благоустройства.": True,
    "Бригада ДРСУ вывезла снег.": True,
    "Участковый уже поговорил с соседями.": True,
    "Снег вывезли по поручению управления ЖКХ.": True,
    "Водители УК «Домоуправ» вывезли снег.": True,
    "Школа № 3 расчистила двор.": True,
    "Мы вывезли снег.": False,
    "Наши специалисты вывезли снег.": False,
    "Снег у школы № 3 вывезли коммунальщики.": False,
    "Передали ваше сообщение в администрацию.": False,
    "Управляющая компания вывезет снег.": False,
    "Поставили знак «Кирпич» и убрали снег.": False,
}
MEASURES = {
    "Снег вывезли.": True,
    "Снег вывозят, работают два грейдера.": True,
    "В пятницу снег вывезут.": True,
    "Трубу будут менять в среду.": True,
    "Подрядчика обязали переделать тротуар.": True,
    "Провели ревизию щитка.": True,
    "Ремонт запланирован на май.": True,
    "Направили претензию подрядчику.": True,
    "Вопрос на контроле.": False,
    "Передали информацию коммунальным службам.": False,
    "Примем все меры, разберёмся.": False,
    "Снег не вывезли.": False,
    "Если снег вывезут, напишите.": False,
    "Вы сами вывезли снег?": False,
    "Работа в этом направлении ведётся.": False,
    "Следим за ситуацией и постараемся помочь.": False,
}
TERMS = {
    "Снег вывезут до 5 декабря.": True,
    "Снег вывезут 05.12.": True,
    "Снег вывезут в пятницу.": True,
    "Снег вывезут к концу недели.": True,
    "Тротуар сделают в третьем квартале.": True,
    "Тротуар сделают весной 2027 года.": True,
    "Снег вывозят, осталось два часа работы. На всё нужно три дня.": True,
    "Снег вывезли вчера.": True,
    "Снег вывезем в ближайшее время, до 20 декабря.": True,
    "Снег вывезут в ближайшее время.": False,
    "Снег вывезут в плановом порядке.": False,
    "Снег вывезут. Ваше сообщение прочитали сегодня.": False,
    "Инспектор осмотрел двор 3 декабря. Снег вывезут.": False,
    "Снег вывезут, а пишете вы третий день.": False,
    "Снег вывезли.": None,
}
ATTACHMENTS = {
    "Снег вывезли, фото прилагаем.": False,
    "Снег вывезли. Видео во вложении.": False,
    "Снег вывезли. Фото ниже.": False,
    "Спасибо за фото, снег вывезли.": None,
    "Пришлите фото двора, пожалуйста.": None,
    "На вашем снимке видно, что снег лежит. Вывезли.": None,
}


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        (key, text, expected)
        for key, table in {
            "greeting": GREETING,
            "polite": POLITE,
            "format": FORMAT,
            "responsible_body": BODY,
            "measures": MEASURES,
            "terms": TERMS,
            "attachments": ATTACHMENTS,
        }.items()
        for text, expected in table.items()
    ],
)
def test_criterion(key, text, expected):
    assert met(key, text) is expected


def test_a_clarification_owes_no_body_no_measures_no_term():
    answer = judged("Здравствуйте! Напишите, пожалуйста, адрес.", kind="clarification")
    by_key = {one.key: one for one in answer.criteria}
    for key in ("responsible_body", "measures", "terms"):
        assert by_key[key].met is None
        assert by_key[key].advice


def test_an_interim_answer_names_when_the_next_one_comes():
    text = "Здравствуйте! Отдел транспорта проверит график. Ответим до пятницы."
    assert met("terms", text, kind="interim") is True
    assert met("terms", text, kind="final") is False


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Здравствуйте! После вашего сообщения «Теплосеть» поменяла кран.", "final", True),
        ("Здравствуйте! Вам уже отвечали, вопрос на контроле.", "final", False),
        ("Здравствуйте! Вчера слесарь спустил воздух. Холодно ли ещё?", "clarification", True),
        ("Здравствуйте! Напишите ещё раз адрес, передадим электрикам.", "clarification", False),
    ],
)
def test_a_repeat_is_told_what_was_done(text, kind, expected):
    assert met("repeat_measures", text, kind=kind, repeat=True) is expected
    assert met("repeat_measures", text, kind=kind) is None


def test_attached_files_meet_the_criterion_whatever_the_text_says():
    assert met("attachments", "Снег вывезли.", attachments=1) is True


def test_the_deciding_words_are_shown():
    text = "Здравствуйте, Ольга! «Городское хозяйство» вывезет снег до 5 декабря."
    assert evidence("greeting", text) == ["Здравствуйте"]
    assert evidence("responsible_body", text) == ["Городское хозяйство"]
    assert evidence("measures", text) == ["вывезет"]
    assert evidence("terms", text) == ["до 5 декабря"]
    assert evidence("terms", "Снег вывезут попозже.") == ["попозже"]
