"""How much of what the club asks a member has answered, and what is missing.

A question that is not asked of a member does not count against them; a stale answer does, until it
is given again.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from profiles.asking import Standing, standings
from profiles.models import Member, Question, QuestionGroup


@dataclass(frozen=True)
class Part:
    """The questions of one group, or all of them, that are asked of a member."""

    standings: tuple[Standing, ...]
    group: QuestionGroup | None = None

    @property
    def missing(self) -> list[Question]:
        """What was never answered, or too long ago."""
        return [one.question for one in self.standings if one.is_open]

    @property
    def percent(self) -> int:
        """The answered part in whole per cent, rounded down; 0 when nothing is asked."""
        asked = len(self.standings)
        return (asked - len(self.missing)) * 100 // asked if asked else 0


@dataclass(frozen=True)
class Completeness(Part):
    """The whole profile, with its groups in the order in which they are shown."""

    groups: tuple[Part, ...] = ()


def completeness(member: Member, now: datetime | None = None) -> Completeness:
    """What the member answered and what is missing, as a whole and per group."""
    all_of_it = standings(member, now)
    by_group = groupby(all_of_it, key=lambda one: one.question.group)
    return Completeness(
        standings=tuple(all_of_it),
        groups=tuple(Part(tuple(ones), group) for group, ones in by_group),
    )


def percent_answered(member: Member, now: datetime | None = None) -> int:
    """The answered part of what is asked of the member, in whole per cent; 0 when nothing is."""
    return completeness(member, now).percent
