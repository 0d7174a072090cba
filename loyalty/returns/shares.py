"""Which points a return takes back: per lot and line, so that any split is exact to the point.

Of a line's points, ``points × returned so far // amount`` are gone once so much of it has come
back. A return takes the difference to what the returns before it took, so whatever the pieces and
their order, they sum to what the whole return takes. A line that cost nothing goes by its pieces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Sum

from loyalty.counter import NotRecordable
from loyalty.models import Allocation, Entry, Purchase, PurchaseLine, RefundLine
from loyalty.returns.words import MoreThanBought, ReturnedLine


@dataclass
class Piece:
    """A line of a purchase: its pieces and amount, what came back before, and what does now."""

    line: PurchaseLine
    position: int
    sku: str
    before: tuple[int, int] = (0, 0)
    quantity: int = 0
    amount: int = 0

    @property
    def left(self) -> tuple[int, int]:
        """Pieces and amount that can still be brought back."""
        pieces = self.line.quantity - self.before[0] - self.quantity
        return pieces, self.line.amount_minor - self.before[1] - self.amount

    def points_back(self, points: int) -> int:
        """How many of the line's points this return takes."""
        by_amount = self.line.amount_minor > 0
        whole = self.line.amount_minor if by_amount else self.line.quantity
        before = self.before[1] if by_amount else self.before[0]
        now = self.amount if by_amount else self.quantity
        return points * (before + now) // whole - points * before // whole if whole > 0 else 0


def pieces_of(purchase: Purchase) -> list[Piece]:
    """The purchase's lines by position, with what came back of them before."""
    rows = RefundLine.objects.filter(line__purchase=purchase).order_by().values_list("line")
    sums = rows.annotate(pieces=Sum("quantity"), amount=Sum("amount_minor"))
    before = {line: (pieces, amount) for line, pieces, amount in sums}
    lines = purchase.lines.select_related("product").order_by("position", "pk")
    return [
        Piece(line, position, line.product.sku if line.product else "", before.get(line.pk, (0, 0)))
        for position, line in enumerate(lines)
    ]


def spread(returned: Sequence[ReturnedLine], pieces: Sequence[Piece]) -> list[Piece]:
    """Lay what came back on the purchase's lines; returns those that are concerned.

    An article on several lines fills the one it fits exactly, else one after the other. Raises
    NotRecordable when more came back than was bought.
    """
    for one in returned:
        candidates = [piece for piece in pieces if _is_of(piece, one)]
        if not candidates:
            raise NotRecordable("This article was not in the purchase.")
        wanted = (one.quantity, one.amount_minor)
        candidates.sort(key=lambda piece: piece.left != wanted)
        if _lay(one, candidates) != (0, 0):
            raise MoreThanBought("More is brought back than was bought.")
    return [piece for piece in pieces if piece.quantity or piece.amount]


def points_by_lot(entry: Entry, pieces: Sequence[Piece]) -> tuple[dict[int, int], int]:
    """What to take from each lot of an earning, and how much of it counted towards the tier.

    Never more than is left of a lot: staff may have taken it back before.
    """
    lots = list(entry.lots.select_related("rule"))
    taken = _taken_before([lot.pk for lot in lots])
    found, qualifying = {}, 0
    for lot in lots:
        shares: Mapping[int, int] = dict(lot.shares or [])
        points = sum(piece.points_back(shares.get(piece.position, 0)) for piece in pieces)
        found[lot.pk] = min(points, lot.original - taken.get(lot.pk, 0))
        if lot.rule is None or lot.rule.qualifies:
            qualifying += found[lot.pk]
    back = {pk: points for pk, points in found.items() if points}
    return back, qualifying if entry.qualifying else 0


def _is_of(piece: Piece, one: ReturnedLine) -> bool:
    if one.position is not None:
        return piece.position == one.position and one.sku in ("", piece.sku)
    return bool(one.sku) and piece.sku == one.sku


def _lay(one: ReturnedLine, candidates: Sequence[Piece]) -> tuple[int, int]:
    """Lay one article on lines; returns the pieces and the amount that found no place."""
    quantity, amount = one.quantity, one.amount_minor
    for piece in candidates:
        pieces_left, amount_left = piece.left
        fits, pays = min(quantity, max(0, pieces_left)), min(amount, max(0, amount_left))
        piece.quantity, piece.amount = piece.quantity + fits, piece.amount + pays
        quantity, amount = quantity - fits, amount - pays
    return quantity, amount


def _taken_before(lots: Sequence[int]) -> dict[int, int]:
    rows = Allocation.objects.filter(lot__in=lots, part=Allocation.Part.RETURNED)
    return dict(rows.order_by().values_list("lot").annotate(points=Sum("amount")))
