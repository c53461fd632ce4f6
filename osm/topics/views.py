"""Topics proposed for messages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from osm.flow.queries.clocks import InboxRow
from osm.models import Topic
from osm.people.queries.people import RoutingChoices
from osm.topics.queries import suggest_topics, topic_names, untitled_texts
from osm.topics.rules import READ


@dataclass(frozen=True, slots=True)
class TopicHint:
    topic_id: int
    name: str
    because: tuple[str, ...]
    is_alone: bool = False  # no word in the text suggests another topic

    @property
    def words(self) -> str:
        return ", ".join(self.because)


def hint_for(text: str, topics: Sequence[Topic] | None = None) -> TopicHint | None:
    """`topics`: those in use, if already read."""
    return _hints({0: text}, topics).get(0)


def hints_for(message_ids: Iterable[int]) -> Mapping[int, TopicHint]:
    """Message → its hint, for those without a topic; three statements for any number of messages."""
    ids = list(message_ids)
    return _hints(untitled_texts(ids, READ)) if ids else {}


def hints_of_rows(rows: Iterable[InboxRow], choices: RoutingChoices) -> Mapping[int, TopicHint]:
    """The same for rows of a list with their texts, if this person can direct messages at all."""
    untitled = (row for row in rows if row.waits_for_executor and row.topic_id is None)
    return _hints({row.id: row.text for row in untitled}, choices.topics)


def _hints(texts: Mapping[int, str], topics: Sequence[Topic] | None = None) -> Mapping[int, TopicHint]:
    found = suggest_topics(texts, topics)
    if topics is None:
        names = topic_names(suggestion.topic_id for suggestion in found.values()) if found else {}
    else:
        names = {topic.id: topic.name for topic in topics}
    return {key: TopicHint(one.topic_id, names[one.topic_id], one.because, one.is_alone) for key, one in found.items()}
