"""The points ledger: the only writer of wallets, entries, postings, lots, allocations and holds.

Every verb is one transaction that locks the wallet, answers a repeated request with what it
booked the first time, settles what time has changed (points that matured or lapsed, holds that
ran out), and then books one entry. So points that lapsed cannot be spent even if no job ever runs,
and two simultaneous redemptions of the last points meet at the wallet's lock.

Worked example. A purchase earns 100 points: issued -100, active +100, a lot of 100. Redeeming
30: active -30, redeemed +30, an allocation of 30 from that lot. At its end the lot's 70 lapse:
active -70, expired +70. Had the purchase been returned before, its 70 points would have gone
back to issued, and the 30 that were spent would stand as debt, paid by what is earned next.

Points are whole numbers. ``now`` defaults to the present and exists for replays and tests.
"""

from loyalty.ledger.batches import earn_many
from loyalty.ledger.earning import adjust, earn, open_balance
from loyalty.ledger.moving import transfer
from loyalty.ledger.reading import balance
from loyalty.ledger.settling import settle
from loyalty.ledger.spending import capture, hold, redeem, release
from loyalty.ledger.undoing import reverse, take_back
from loyalty.ledger.words import (
    Earning,
    NotEnoughPoints,
    NotReversible,
    On,
    Parcel,
    Part,
    WalletMoved,
)

__all__ = [
    "Earning",
    "NotEnoughPoints",
    "NotReversible",
    "On",
    "Parcel",
    "Part",
    "WalletMoved",
    "adjust",
    "balance",
    "capture",
    "earn",
    "earn_many",
    "hold",
    "open_balance",
    "redeem",
    "release",
    "reverse",
    "settle",
    "take_back",
    "transfer",
]
