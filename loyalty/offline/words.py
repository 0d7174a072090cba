"""What a till reports of its time alone, and what it is answered."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from loyalty.idempotency import body_hash
from loyalty.models import OfflineEvent, WorklistItem

State, Kind, Line = OfflineEvent.State, OfflineEvent.Kind, WorklistItem.Kind


@dataclass(frozen=True)
class Happened:
    """One event: ``body`` is JSON with the fields of its kind, as the API describes them."""

    kind: str
    key: str
    occurred_at: datetime
    body: dict[str, Any]

    @property
    def identity(self) -> tuple[str, str, str]:
        """By what the same event is known again."""
        return self.kind, self.key, body_hash(self.kind, self.body)


@dataclass(frozen=True)
class Outcome:
    """What became of an event. ``points`` were earned, taken back or redeemed; debt is in them.

    ``state`` is recorded, waiting or problem; ``code`` and ``detail`` say which problem, or what
    staff will look at although the event was recorded.
    """

    state: str
    points: int = 0
    code: str = ""
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


@dataclass(frozen=True)
class Problem:
    """Why an event was not recorded, and under which heading staff find it."""

    code: str
    line: WorklistItem.Kind
    detail: str

    @property
    def outcome(self) -> Outcome:
        """What the till is answered."""
        return Outcome(State.PROBLEM, code=self.code, detail=self.detail)
