"""Threats with their source and target, their stated reason, and texts that only look like threats."""

import pytest

from .cases import moderator


@pytest.mark.parametrize(
    "text",
    [
        "Почтальонше руки переломаю, чтоб чужие пенсии не носила мимо",
        "Сварщика, который отрезал газ, зарою прямо у подстанции",
        "Фейс начистим вашему блогеру за враньё",
        "Козу твою пристрелю, если ещё раз в огород зайдёт",
        "Фермер, коров своих не уберёшь — потравлю всех до единой",
        "Ещё раз припаркуешься на газоне — колёса проколю",
        "Шины проколю каждой машине, которая стоит на газоне",
        "Вечером встретим прораба у вагончика, уйдёт без зубов",
        "Картечью встретим вашу комиссию",
        "Мой брат боксёр, он тебе челюсть в двух местах поправит",
        "За статью ответишь глазом, редактор",
        "Слышь, контролёр, из нашего автобуса выйдешь вперёд ногами",
        "Топи их в Амуре, мужики, хватит терпеть",
        "Найду, где живёшь, и сделаю инвалидом",
        "Мы подожгём вашу газель, если ещё раз бросите мусор",
    ],
)
def test_a_threat_is_found(text):
    assert "threat" in moderator.judge(text).categories


@pytest.mark.parametrize(
    "text",
    [
        "Егерь говорит, стрелять с вышки можно после шести. Лицензии где получать?",
        "Этот асфальт и до октября не доживёт",
        "Мне разбили фару на вашей парковке",
        "На кладбище не проехать, похоронить человека невозможно",
        "Красный петух на вышивке занял первое место",
        "Завтра похороню мужа, помогите с автобусом",
        "Тренер у сына хороший, колено ему вылечил сам",
        "Колёса пробили на этой яме уже трое соседей",
        "Топор в сарае, лопата в углу, кирпич под лавкой",
        "Дети без зубов останутся, если стоматолог уволится",
        "Наша коза опять убежала, поймаю — привяжу",
    ],
)
def test_what_looks_alike_passes(text):
    assert moderator.judge(text).decision == "pass"


@pytest.mark.parametrize(
    "text",
    [
        "Переломаю ноги главе администрации",
        "Кишки на забор намотаю тому, кто провода срезал",
        "Если не уедете, переломаю вашему главе все кости",
        "Бульдозером приеду и раздавлю вас на вашем крыльце",
    ],
)
def test_what_is_done_to_a_person_is_not_called_damage_to_property(text):
    found = [finding for finding in moderator.judge(text).findings if finding.category == "threat"]
    assert found
    assert [finding.why for finding in found if "имуществ" in finding.why] == []


def test_arson_of_the_readers_garage_names_the_garage():
    found = {f.rule: f for f in moderator.judge("Гараж твой подожгу, раз решил красить под окнами").findings}
    assert "«раз»" not in " ".join(finding.why for finding in found.values())
    assert "«гараж»" in found["threat.property"].why


def test_what_burns_together_with_something_is_property_too():
    verdict = moderator.judge("Не сделаешь асфальт — спалю её вместе с гаражом")
    assert verdict.decision == "exclude"


@pytest.mark.parametrize("text", ["Кончим тебя, чинуша", "Порвём этого прораба"])
def test_a_promise_is_not_called_a_call(text):
    assert "threat.call" not in {finding.rule for finding in moderator.judge(text).findings}


def test_a_hint_is_not_shown_with_a_plain_threat():
    found = {finding.rule for finding in moderator.judge("Сожжём твою машину, потом дом").findings}
    assert "threat.property" in found
    assert not found & {"threat.kin", "threat.thine", "threat.sum"}


def test_one_stretch_of_words_is_shown_once():
    found = moderator.judge("Ты у меня кровью умоешься").findings
    spots = [(f.rule, f.start, f.end) for f in found if f.rule == "threat.phrase_direct"]
    assert len(spots) == len(set(spots)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Не угрожаю, а предупреждаю: тронете собаку, пристрелю того, кто тронул",
        "Пусть полиция читает, мне всё равно: убью Семёнова",
        "Машину председателя спалю, раз по-хорошему не понимает",
        "Пальцы по одному, пока подпись не поставишь",
        "Через мясорубку пропущу вместе с вашими папками",
        "Червей кормить отправим, начальничек",
        "Станешь инвалидом, клерк",
        "Отправим вашего инспектора обратно на носилках",
        "Пусть тот, кто выписал штраф, ходит с охраной, перо в бок обеспечу",
    ],
)
def test_a_threat_is_found_near_words_of_offices_and_set_phrases(text):
    assert "threat" in moderator.judge(text).categories


@pytest.mark.parametrize(
    "text",
    [
        "Это не угроза, а просьба жителей",
        "Отстрел собак запрещён законом, хватит спорить",
        "Казнь декабристов проходили на уроке истории",
        "Фельдшер предупредил: если не лечить, дед долго не протянет",
        "Через мясорубку пропустите мясо дважды",
        "Народ вам больше не верит, меняйте команду",
        "Проведёте праздники в гипсе с такой лестницей",
    ],
)
def test_calm_words_of_the_same_lists_pass(text):
    assert moderator.judge(text).decision == "pass"


@pytest.mark.parametrize(
    "text", ["Убью тебя, если опять проспишь)))", "Ахаха, я тебя прибью за такие шутки", "Я тебя придушу 😂"]
)
def test_a_threat_with_a_laugh_goes_to_a_person(text):
    verdict = moderator.judge(text)
    assert verdict.decision == "review"
    assert verdict.categories == ("threat",)


@pytest.mark.parametrize("mark", list("._*/-|~"))
@pytest.mark.parametrize("halves", [("него", "дяй"), ("подо", "нок"), ("выро", "док"), ("мерза", "вец")])
def test_contempt_is_read_through_a_mark(halves, mark):
    assert "insult" in moderator.judge(f"Кладовщик {mark.join(halves)}, краску домой унёс").categories


@pytest.mark.parametrize(
    "text", ["Сви-нина свежая есть у кого?", "Кро-лики сбежали, ушастые", "Варенье из хохотай-ягоды", "За год/месяц"]
)
def test_calm_words_with_a_mark_inside_pass(text):
    assert moderator.judge(text).decision == "pass"
