"""The criteria of an answer (П.16, П.15): each met, not met or for a person, with the words that decided it."""

from osm.wording.criteria import attachments, body, format, greeting, measures, polite, terms
from osm.wording.criteria.model import LABELS, Answer, Criterion, Key, Rudeness

__all__ = ["LABELS", "Answer", "Criterion", "Key", "Rudeness", "check_answer"]


def check_answer(answer: Answer) -> tuple[Criterion, ...]:
    """All criteria in the order of П.16, that of П.15 last. Pure; time grows with the length of the text."""
    frame = format.letter_frame(answer.text)
    actions = measures.find_actions(answer.text, frame)
    return (
        greeting.check(answer),
        polite.check(answer),
        format.check(answer, frame),
        body.check(answer, frame),
        measures.check(answer, actions),
        terms.check(answer, actions, frame),
        attachments.check(answer),
        measures.check_repeat(answer, actions),
    )
