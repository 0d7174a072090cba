"""What became of a mail that was handed over, in the words that every transport shares."""

from dataclasses import dataclass

HARD_BOUNCE = "hard_bounce"  # the address does not exist; campaigns.bounces suppresses it
RENDER_FAILED = "render_failed"  # the mail could not be written for this member
JOURNAL = "journal"
# No mail was tried, so no delivery's tries are used up: only the pauses grow.
AWAY_REASONS = frozenset({"server_away", "no_starttls", "sender_refused", "key_refused", JOURNAL})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery: accepted, rejected, deferred or unknown, and why."""

    delivery_id: int
    state: str
    reason: str = ""
    detail: str = ""
