"""Segments compiled to one query, and who is in them and why.

Only what the rows' allow-list offers can be asked. Rules that refer to something deleted are
never guessed at: they raise, naming what is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.utils import timezone

from campaigns.models import Segment
from campaigns.segments.conditions import condition_of
from campaigns.segments.names import Names, names_for, problems
from campaigns.segments.sentences import sentence
from campaigns.segments.tree import Group, rows, tree
from profiles.models import Brand, Member

SAMPLE = 6


class BrokenSegment(ValueError):
    """The rules refer to something that is not there; ``problems`` names each."""

    def __init__(self, found: Sequence[str]) -> None:
        self.problems = tuple(found)
        super().__init__(" ".join(found))


@dataclass(frozen=True)
class Rules:
    """A rule tree that was checked: every reference has a name."""

    brand: Brand
    root: Group
    names: Names

    @classmethod
    def checked(cls, brand: Brand, match: str, raw: Sequence[Mapping[str, Any]]) -> "Rules":
        """Read stored rows. Raises BrokenSegment."""
        root = tree(match, raw)
        names = names_for(brand, rows(root))
        if found := problems(rows(root), names):
            raise BrokenSegment(found)
        return cls(brand, root, names)

    @classmethod
    def of(cls, segment: Segment) -> "Rules":
        """The rules of a segment, saved or not. Raises BrokenSegment."""
        return cls.checked(segment.brand, segment.match, segment.rules.get_prep_value())

    def members(self, now: datetime | None = None) -> QuerySet[Member]:
        """Everyone of the club to whom the rules apply; one query, not yet run."""
        everyone = Member.objects.filter(account__brand=self.brand)
        living = everyone.exclude(status=Member.Status.ERASED)
        return living.filter(condition_of(self.root, now or timezone.now()))

    def sentences(self) -> list[str]:
        """The rules as they read, one sentence per row or group."""
        return [sentence(node, self.names) for node in self.root.nodes]

    def sample(self, size: int = SAMPLE) -> list[tuple[Member, list[str]]]:
        """Some members with the sentences that hold for them, in one query."""
        members = _told(self, self.members()).order_by("last_name", "first_name", "pk")[:size]
        return [(member, _reasons(self, member)) for member in members]


def members_of(segment: Segment) -> QuerySet[Member]:
    """The members of a segment; one query, not yet run. Raises BrokenSegment."""
    return Rules.of(segment).members()


def condition(segment: Segment) -> Q:
    """What the segment asks of a member of its club. Raises BrokenSegment."""
    return condition_of(Rules.of(segment).root, timezone.now())


def count(segment: Segment) -> int:
    """How many members the segment holds now. Raises BrokenSegment."""
    return members_of(segment).count()


def _told(rules: Rules, members: QuerySet[Member]) -> QuerySet[Member]:
    """Annotate ``says_0``, ``says_1``…: whether each row of the first level holds."""
    now = timezone.now()
    for place, node in enumerate(rules.root.nodes):
        holds = condition_of(node, now) or Q(pk__isnull=False)
        told = Case(When(holds, then=True), default=Value(False), output_field=BooleanField())
        members = members.annotate(**{f"says_{place}": told})
    return members


def _reasons(rules: Rules, member: Member) -> list[str]:
    told = enumerate(rules.sentences())
    return [text for place, text in told if getattr(member, f"says_{place}")]
