"""The criteria of an answer (П.16, П.15): each met, not met or for a person, with the words that decided it."""

from osm.wording.criteria import body, form, measures, polite
from osm.wording.criteria.form import LABELS, Answer, Criterion, Key, Rudeness

__all__ = ["LABELS", "Answer", "Criterion", "Key", "Rudeness", "check_answer"]


def check_answer(answer: Answer) -> tuple[Criterion, ...]:
    """All criteria in the order of П.16, that of П.15 last. Pure; time grows with the length of the text."""
    frame = form.letter_frame(answer.text)
    actions = measures.find_actions(answer.text, frame)
    return (
        form.check_greeting(answer), polite.check(answer), form.check_format(answer, frame), body.check(answer, frame),
        measures.check(answer, actions), measures.check_terms(answer, actions, frame), form.check_attachments(answer),
        measures.check_repeat(answer, actions),
    )  # fmt: skip
