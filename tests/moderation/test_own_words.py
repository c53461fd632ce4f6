"""The office's own words: plain data; a bad entry is refused with its reason, the others keep working."""

import pytest

from moderation import BadOwnWord, Moderator, OwnWord, export_own_words, import_own_words, parse_own_words


def test_own_lemma_is_found_in_every_form_and_says_its_source():
    verdict = Moderator([OwnWord("lemma", "шкурник", "insult", "high")]).judge("Гнать этих шкурников")
    own = [f for f in verdict.findings if f.rule == "own.insult.high"]
    assert [f.fragment for f in own] == ["шкурников"]
    assert verdict.decision == "exclude"


def test_own_phrase_is_found_in_other_forms():
    verdict = Moderator([OwnWord("phrase", "сетевой маркетинг", "ad")]).judge("Расскажу о сетевом маркетинге")
    assert verdict.categories == ("ad",)
    assert verdict.findings[0].fragment == "сетевом маркетинге"


def test_own_domain_is_found_with_its_subdomains_and_pages():
    moderator = Moderator([OwnWord("domain", "lohotron.example", "spam", "high")])
    assert moderator.judge("Вот https://www.lohotron.example/akcia").decision == "exclude"
    assert moderator.judge("Вот https://new.lohotron.example").decision == "exclude"
    assert moderator.judge("Вот https://lesozavodsk.example/doc").decision == "pass"


def test_exception_takes_back_findings_of_its_category_only():
    text = "Этот балбес опять не приехал, хуйня какая-то"
    assert set(Moderator().judge(text).categories) == {"profanity", "insult"}
    verdict = Moderator([OwnWord("lemma", "балбес", "insult", exception=True)]).judge(text)
    assert verdict.categories == ("profanity",)


def test_exception_that_takes_back_everything_lets_the_text_pass():
    assert Moderator([OwnWord("lemma", "балбес", "insult", exception=True)]).judge("Балбес!").decision == "pass"


BAD = (
    ({"kind": "word", "text": "слово", "category": "insult"}, "Вид"),
    ({"kind": "lemma", "text": "слово", "category": "rude"}, "Категория"),
    ({"kind": "lemma", "text": "слово", "category": "insult", "severity": "awful"}, "Строгость"),
    ({"kind": "lemma", "text": "", "category": "insult"}, "не указано"),
    ({"kind": "lemma", "text": "два слова", "category": "insult"}, "не одно слово"),
    ({"kind": "lemma", "text": "(.*)+", "category": "insult"}, "не одно слово"),
    ({"kind": "lemma", "text": "я", "category": "insult"}, "одной буквы"),
    ({"kind": "phrase", "text": "одно", "category": "insult"}, "хотя бы два"),
    ({"kind": "phrase", "text": "слово *", "category": "insult"}, "отдельно"),
    ({"kind": "domain", "text": "http://site.example/x", "category": "spam"}, "адрес"),
    ({"kind": "domain", "text": "просто", "category": "spam"}, "адрес"),
    ({"kind": "lemma", "text": "сло\u200bво", "category": "insult"}, "невидимые"),
    ({"kind": "lemma", "text": "слово", "category": "insult", "exception": "может"}, "ни да, ни нет"),
    ({"kind": "lemma", "text": "ж" * 300, "category": "insult"}, "длиннее"),
)


@pytest.mark.parametrize(("row", "reason"), BAD)
def test_bad_entry_is_refused_with_its_reason_and_the_rest_is_taken(row, reason):
    good, refused = parse_own_words([row, {"kind": "lemma", "text": "шкурник", "category": "insult"}])
    assert [word.text for word in good] == ["шкурник"]
    assert [r.number for r in refused] == [1]
    assert reason in refused[0].reason


def test_bad_entry_cannot_even_be_made():
    with pytest.raises(BadOwnWord):
        OwnWord("lemma", "два слова", "insult")


def test_what_is_exported_comes_back_the_same(tmp_path):
    words = [
        OwnWord("lemma", "шкурник", "insult", "high"),
        OwnWord("phrase", "сетевой маркетинг", "ad"),
        OwnWord("domain", "lohotron.example", "spam"),
        OwnWord("lemma", "балбес", "insult", exception=True),
    ]
    export_own_words(tmp_path / "own.tsv", words)
    assert import_own_words(tmp_path / "own.tsv") == (words, [])
