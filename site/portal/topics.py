"""Topics as a template shows them: what comes, how often, with an example."""

from collections.abc import Iterable
from dataclasses import dataclass

from profiles.localised import localise
from profiles.models import Topic


@dataclass(frozen=True)
class TopicRow:
    """A topic as a switch."""

    value: str
    name: str
    description: str
    frequency: str
    example: str
    chosen: bool


def topic_rows(topics: Iterable[Topic], language: str, chosen: set[str]) -> list[TopicRow]:
    """The topics in a reader's language; ``chosen`` holds the ids that are switched on."""
    return [
        TopicRow(
            value=str(topic.pk),
            name=localise(topic.name, language),
            description=localise(topic.description, language),
            frequency=localise(topic.frequency, language),
            example=localise(topic.example, language),
            chosen=str(topic.pk) in chosen,
        )
        for topic in topics
    ]
