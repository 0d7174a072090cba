"""Taking a club over from another system: files in, totals compared, signed off by two people.

A switch-over is rehearsed, undone as a whole, and done again. Within one go every row has a key
that stays the same: a file that comes twice changes nothing, a later one books the difference.
What was taken over shows as such in the month-end, and earns nothing again.
"""

from loyalty.switch_over.controls import Difference, reconcile, totals
from loyalty.switch_over.ending import (
    SIGN,
    MayNotSign,
    NotReconciled,
    countersign,
    figures,
    sign,
    sign_off,
    undo,
)
from loyalty.switch_over.loading import load
from loyalty.switch_over.purchases import load_purchases
from loyalty.switch_over.reading import RejectedRow, UnreadableFile
from loyalty.switch_over.starting import NotOpen, start

__all__ = [
    "SIGN",
    "Difference",
    "MayNotSign",
    "NotOpen",
    "NotReconciled",
    "RejectedRow",
    "UnreadableFile",
    "countersign",
    "figures",
    "load",
    "load_purchases",
    "reconcile",
    "sign",
    "sign_off",
    "start",
    "totals",
    "undo",
]
