"""What tills did while they were offline: it happened, so it is recorded, and nothing is lost.

Every event is stored as it was sent before anything is made of it. Then each is recorded in the
order of its moment: points that were not there become debt, a voucher that was used too often is
kept as such, and both come on the worklist. A return waits for its purchase. What cannot be
recorded (an unknown card, a clock that is ahead) keeps its event for staff to replay. The same
batch again finds its events and gets the same answers.
"""

from loyalty.offline.batches import finish, record_batch
from loyalty.offline.settling import NotOpen, dismiss, open_events, replay
from loyalty.offline.words import Happened, Outcome

__all__ = [
    "Happened",
    "NotOpen",
    "Outcome",
    "dismiss",
    "finish",
    "open_events",
    "record_batch",
    "replay",
]
