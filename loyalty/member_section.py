"""What the staff's member page shows of purchases, points and vouchers."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count, Sum
from django.utils import timezone

from loyalty.ledger import balance
from loyalty.models import Purchase, Voucher
from loyalty.statement import statement
from profiles.localised import localise
from profiles.member_page import Figure, Section
from profiles.models import Member

YEAR = timedelta(days=365)
STATEMENT_LINES = 8
VOUCHERS = 8
STATES = ("open", "used", "expired", "void")


def section(member: Member) -> Section:
    """Points, a year's purchases of the household, and the member's vouchers."""
    vouchers = list(_vouchers(member))
    return Section(
        title="Points and vouchers",
        icon="tag",
        template="loyalty/staff/member_section.html",
        context={
            "statement": statement(member.account)[:STATEMENT_LINES],
            "vouchers": _shown(vouchers),
            "vouchers_left_out": max(0, len(vouchers) - VOUCHERS),
        },
        figures=tuple(_figures(member, vouchers)),
    )


def _figures(member: Member, vouchers: list[Voucher]) -> Iterable[Figure]:
    yield Figure("Points", f"{balance(member.account):,}", "to spend")
    since = timezone.now() - YEAR
    # One figure per currency: sums never mix them.
    bought = (
        Purchase.objects.filter(account=member.account, occurred_at__gt=since)
        .order_by("currency")
        .values("currency")
        .annotate(number=Count("pk"), total=Sum("total_minor"))
    )
    for row in bought:
        purchases = "purchase" if row["number"] == 1 else "purchases"
        note = f"{row['currency']} in {row['number']:,} {purchases}"
        yield Figure("Bought in a year", f"{row['total'] / 100:,.2f}", note)
    used = sum(1 for voucher in vouchers if voucher.uses)
    yield Figure("Vouchers used", f"{used:,}", f"of {len(vouchers):,}")


def _shown(vouchers: list[Voucher]) -> list[tuple[str, Voucher, str]]:
    """Those that can still be used first, then the used ones, then the rest."""
    told = [(localise(voucher.offer.title, "en"), voucher, _state(voucher)) for voucher in vouchers]
    return sorted(told, key=lambda row: STATES.index(row[2]))[:VOUCHERS]


def _vouchers(member: Member) -> Iterable[Voucher]:
    vouchers = Voucher.objects.filter(member=member).select_related("offer")
    return vouchers.order_by("-issued_at", "-pk")


def _state(voucher: Voucher) -> str:
    if voucher.uses >= voucher.max_uses:
        return "used"
    if voucher.voided_at:
        return "void"
    return "expired" if voucher.ends_at <= timezone.now() else "open"
