"""Vouchers that circulate. Columns: code, offer, state (open, used, void); account or card, or
neither for a bearer; valid_until (the last day).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Min

from loyalty.models import Offer, SwitchRow, Voucher, VoucherPool
from loyalty.month_figures import OPENING_SOURCE
from loyalty.switch_over.placing import Kind, Placed
from loyalty.switch_over.reading import RejectedRow, Row, Told, cell, holder, moment
from loyalty.voucher_codes import read_code
from profiles.models import Member

STATES = ("open", "used", "void")
POOL = "Taken over"


class Vouchers(Kind):
    """Each row is a code."""

    needed = ("code", "offer", "state")

    def parse(self, row: Row) -> Told:
        """Read a row; the code is kept as tills send it."""
        code, offer, state = (cell(row, name) for name in ("code", "offer", "state"))
        if state not in STATES:
            raise RejectedRow(f"state must be one of: {', '.join(STATES)}.")
        if offer not in self._offers():
            raise RejectedRow("There is no such offer.")
        read = read_code(code)
        if not 4 <= len(read) <= 24:
            raise RejectedRow("A code has 4 to 24 characters.")
        until = moment(row, "valid_until", self.zone, last_day=True)
        return Told(read, holder(row), 1, until, state, code=offer)

    def prepare(self, new: Sequence[Told], accounts: Iterable[int]) -> None:
        """Find the codes that somebody else has given out, and the accounts' first members."""
        members = Member.objects.filter(account__in=accounts).order_by().values_list("account")
        self._holders: dict[int, int] = dict(members.annotate(first=Min("pk")))
        codes = [told.key for told in new]
        self._taken = set(Voucher.objects.filter(code__in=codes).values_list("code", flat=True))

    def check(self, told: Told, account: int | None) -> None:
        """Refuse a code that exists, and one whose holder would be nobody."""
        if account and account not in self._holders:
            raise RejectedRow("The account has no member who could hold it.")
        if told.key in self._taken:
            raise RejectedRow("This code exists already.")

    def take(self, placed: Sequence[Placed]) -> dict[int, int]:
        """Write the vouchers of a batch."""
        Voucher.objects.bulk_create(self._voucher(one) for one in placed)
        return {}

    def change(self, row: SwitchRow, placed: Placed) -> None:
        """A voucher was used or voided over there meanwhile, or lives longer."""
        voucher = Voucher.objects.get(code=row.key)
        told = placed.told
        facts = self._state(told, voucher.max_uses)
        Voucher.objects.filter(pk=voucher.pk).update(valid_until=told.expires_at, **facts)

    def _offers(self) -> dict[str, Offer]:
        if not hasattr(self, "_known"):
            offers = Offer.objects.filter(brand=self.switch.brand)
            self._known = {offer.key: offer for offer in offers}
        return self._known

    def _voucher(self, placed: Placed) -> Voucher:
        told, offer = placed.told, self._offers()[placed.told.code]
        member = self._holders[placed.account] if placed.account else None
        return Voucher(
            offer=offer,
            member_id=member,
            pool=None if member else self._pool(offer),
            code=told.key,
            origin=Voucher.Origin.SINGLE if member else Voucher.Origin.POOL,
            source=OPENING_SOURCE,
            issue_key=f"{self.switch.pk}:{placed.pk}",
            max_uses=offer.uses_per_voucher,
            issued_at=self.switch.at,
            valid_until=told.expires_at,
            **self._state(told, offer.uses_per_voucher),
        )

    def _state(self, told: Told, most: int) -> dict[str, Any]:
        void = told.label == "void"
        return {
            "uses": most if told.label == "used" else 0,
            "voided_at": self.switch.at if void else None,
            "void_reason": Voucher.VoidReason.CANCELLED if void else "",
        }

    def _pool(self, offer: Offer) -> VoucherPool:
        pool, _new = VoucherPool.objects.get_or_create(
            offer=offer, name=POOL, defaults={"is_bearer": True}
        )
        return pool
