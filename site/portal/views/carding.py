"""The member's card: number, points, offers, and the statement behind the points."""

from datetime import timedelta

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from loyalty.models import Lot, Voucher
from loyalty.statement import statement
from portal.offers import State, offer_rows
from portal.signed_in_by_link import linked, member_of, show
from profiles.models import Member

SOON = timedelta(days=60)
LINES, OFFERS, PAST_OFFERS = 12, 6, 8


@linked
@require_safe
def card(request: HttpRequest, token: str) -> HttpResponseBase:
    """Everything about a member's membership that they may look up at the till."""
    member = member_of(token)
    with translation.override(member.language):
        lines = statement(member.account)
    whole = "all" in request.GET
    now = timezone.now()
    offers = offer_rows(_vouchers(member), now)
    open_offers = [row for row in offers if row.state in (State.OPEN, State.COMING)][::-1]
    past_offers = [row for row in offers if row.state in (State.USED, State.OVER)]
    return show(
        request,
        "portal/card.html",
        member,
        token=token,
        card=member.account.cards.filter(blocked_at=None).order_by("pk").first(),
        balance=lines[0].balance if lines else 0,
        lines=lines if whole else lines[:LINES],
        hidden_lines=0 if whole else max(0, len(lines) - LINES),
        expiring=_expiring(member),
        offers=open_offers[:OFFERS],
        more_offers=open_offers[OFFERS:],
        past_offers=past_offers[:PAST_OFFERS],
    )


def _vouchers(member: Member) -> list[Voucher]:
    mine = Voucher.objects.filter(member=member).select_related("offer")
    return list(mine.order_by("-offer__valid_until", "pk"))


def _expiring(member: Member) -> Lot | None:
    """The next parcel of points to expire, when that is soon."""
    now = timezone.now()
    lots = Lot.objects.filter(
        wallet__account=member.account,
        remaining__gt=0,
        is_pending=False,
        expires_at__range=(now, now + SOON),
    )
    return lots.order_by("expires_at").first()
