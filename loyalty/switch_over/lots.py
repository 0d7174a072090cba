"""Opening lots: points with their end, as they stood in the other system.

Columns: account or card, points; expires (the last day), pending_until, earned_on, and row_id if
the other system numbers its rows. Without it, account, dates and end together are the key.
"""

from collections.abc import Sequence

from loyalty import ledger
from loyalty.ledger.lots import parts
from loyalty.models import Entry, Lot, SwitchRow
from loyalty.month_figures import OPENING_SOURCE
from loyalty.switch_over.placing import Kind, Placed, entry_key
from loyalty.switch_over.reading import (
    RejectedRow,
    Row,
    Told,
    cell,
    moment,
    some_holder,
    whole_number,
)


class Lots(Kind):
    """Each row is a lot."""

    needed = ("points",)

    def parse(self, row: Row) -> Told:
        """Read a row; points that have ended by the switch are not taken over."""
        holder, at = some_holder(row), self.switch.at
        ends = moment(row, "expires", self.zone, last_day=True)
        pending, earned = (moment(row, name, self.zone) for name in ("pending_until", "earned_on"))
        begins = pending or min(earned or at, at)
        if ends and ends <= at:
            raise RejectedRow("These points ended before the switch.")
        if ends and ends <= begins:
            raise RejectedRow("These points end before they can be spent.")
        key = cell(row, "row_id") or "|".join(
            (*holder, cell(row, "expires"), cell(row, "pending_until"), cell(row, "earned_on"))
        )
        if len(key) > 100:
            raise RejectedRow("The row's key is longer than 100 characters.")
        return Told(key, holder, whole_number(row, "points"), ends, begins.isoformat(), begins)

    def take(self, placed: Sequence[Placed]) -> dict[int, int]:
        """Book each row's points as a lot."""
        rows = [one for one in placed if one.told.amount]
        earnings = [self._earning(one, one.told.amount, 1) for one in rows]
        entries = ledger.earn_many(earnings)
        return {one.pk: entry for one, entry in zip(rows, entries, strict=True)}

    def change(self, row: SwitchRow, placed: Placed) -> None:
        """Book the difference; a lot with other dates is taken back and comes anew."""
        told = placed.told
        same = (row.expires_at, row.label) == (told.expires_at, told.label)
        more = told.amount - row.amount if same else told.amount
        if not same or more < 0:
            self._take_back(row, -more if same else row.amount)
        if more > 0:
            ledger.earn_many([self._earning(placed, more, row.version)])

    def _earning(self, placed: Placed, points: int, version: int) -> ledger.Earning:
        told = placed.told
        parcel = ledger.Parcel(points, told.begins_at or self.switch.at, told.expires_at)
        return ledger.Earning(
            account_id=placed.account or 0,
            parcels=(parcel,),
            source=OPENING_SOURCE,
            key=entry_key(self.switch.pk, placed.pk, version),
            occurred_at=self.switch.at,
            reason="Taken over",
            taken_over=True,
        )

    def _take_back(self, row: SwitchRow, points: int) -> None:
        """Take points back from what the row brought, the latest first."""
        prefix = f"{self.switch.pk}:{row.pk}:"
        brought = Entry.objects.filter(
            source=OPENING_SOURCE, idempotency_key__startswith=prefix, kind=Entry.Kind.ADJUST
        )
        for lot in Lot.objects.filter(entry__in=brought).order_by("-pk").select_related("entry"):
            left = lot.original - parts(lot).get(ledger.Part.RETURNED, 0)
            if some := min(points, left):
                key = f"{prefix}{row.version}:{lot.pk}"
                taken = {lot.pk: some}
                ledger.take_back(lot.entry, taken, OPENING_SOURCE, key, reason="Taken over")
                points -= some
