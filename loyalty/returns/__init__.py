"""What members bring back, by line, quantity and amount; its points go back exactly."""

from loyalty.returns.booking import record
from loyalty.returns.waiting import book_late, book_waiting, record_many
from loyalty.returns.words import MoreThanBought, Outcome, ReturnData, ReturnedLine, UnknownPurchase

__all__ = [
    "MoreThanBought",
    "Outcome",
    "ReturnData",
    "ReturnedLine",
    "UnknownPurchase",
    "book_late",
    "book_waiting",
    "record",
    "record_many",
]
