"""Tiers with their counters. Columns: account or card, tier, counter; counted_on, held_until.

The counter counts on ``counted_on`` (default: the switch); ``held_until`` is the last day on which
the tier is kept whatever the counter says.
"""

from collections.abc import Sequence

from django.utils import timezone

from loyalty import ledger
from loyalty.models import SwitchRow, Tier
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
from loyalty.tier_changes import import_standing
from profiles.models import Account


class Tiers(Kind):
    """Each row is an account's tier and counter."""

    needed = ("tier", "counter")

    def parse(self, row: Row) -> Told:
        """Read a row."""
        key, holder = cell(row, "tier"), some_holder(row)
        if key not in self._tiers():
            raise RejectedRow("There is no such tier.")
        counted = moment(row, "counted_on", self.zone) or self.switch.at
        if counted > self.switch.at:
            raise RejectedRow("It cannot have been counted after the switch.")
        until = moment(row, "held_until", self.zone, last_day=True)
        return Told("|".join(holder), holder, whole_number(row, "counter"), until, key, counted)

    def take(self, placed: Sequence[Placed]) -> dict[int, int]:
        """Book the counters, then give the tiers."""
        rows = [one for one in placed if one.told.amount]
        earnings = [self._counter(one, one.told.amount, 1) for one in rows]
        entries = ledger.earn_many(earnings)
        for one in placed:
            self._hold(one)
        return {one.pk: entry for one, entry in zip(rows, entries, strict=True)}

    def change(self, row: SwitchRow, placed: Placed) -> None:
        """Book the difference of the counter; the tier is what the last file says."""
        if more := placed.told.amount - row.amount:
            ledger.earn_many([self._counter(placed, more, row.version)])
        self._hold(placed)

    def _tiers(self) -> dict[str, Tier]:
        if not hasattr(self, "_known"):
            self._known = {tier.key: tier for tier in Tier.objects.filter(brand=self.switch.brand)}
        return self._known

    def _counter(self, placed: Placed, points: int, version: int) -> ledger.Earning:
        return ledger.Earning(
            account_id=placed.account or 0,
            parcels=(),
            source=OPENING_SOURCE,
            key=entry_key(self.switch.pk, placed.pk, version),
            occurred_at=self.switch.at,
            reason="Taken over",
            qualifying=points,
            qualified_at=placed.told.begins_at,
            taken_over=True,
        )

    def _hold(self, placed: Placed) -> None:
        until = placed.told.expires_at
        if until and until > timezone.now():
            account = Account.objects.get(pk=placed.account or 0)
            import_standing(account, self._tiers()[placed.told.label], until)
