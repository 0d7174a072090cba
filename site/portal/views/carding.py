"""The member's card: number, tier, points, offers, and the latest lines of the statement."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from loyalty.models import Voucher
from loyalty.statement import statement
from portal.friends import bringing
from portal.ladder import rung
from portal.offers import State, offer_rows
from portal.one_question import asked_now
from portal.purse import purse
from portal.signed_in_by_link import linked, member_of, show
from portal.statement_days import days_of
from profiles.models import Member

LINES, OFFERS, PAST_OFFERS = 6, 6, 8


@linked
@require_safe
def card(request: HttpRequest, token: str) -> HttpResponseBase:
    """Everything about a member's membership that they may look up at the till."""
    member, now = member_of(request, token), timezone.now()
    with translation.override(member.language):
        lines = statement(member.account, now)
    return show(
        request,
        "portal/card.html",
        member,
        token=token,
        card=member.account.cards.filter(blocked_at=None).order_by("pk").first(),
        asked=asked_now(member, token),
        asked_before=request.GET.get("asked", ""),
        purse=purse(member.account, now, points=lines[0].balance if lines else 0),
        bringing=bringing(request, member, now),
        rung=rung(member.account, now),
        days=days_of(lines[:LINES], member.account.brand),
        hidden_lines=max(0, len(lines) - LINES),
        **_offers(member, now),
    )


def _offers(member: Member, now: datetime) -> dict[str, Any]:
    # Codes that were exchanged or not needed are no news; those that were taken away are.
    silent = [Voucher.VoidReason.RELEASED, Voucher.VoidReason.REISSUED]
    mine = Voucher.objects.filter(member=member).exclude(void_reason__in=silent)
    vouchers = mine.select_related("offer")
    rows = offer_rows(vouchers.order_by("-offer__valid_until", "pk"), now)
    there = [row for row in rows if row.state in (State.OPEN, State.COMING)][::-1]
    past = [row for row in rows if row.state in (State.USED, State.OVER, State.WITHDRAWN)]
    return {
        "offers": there[:OFFERS],
        "more_offers": there[OFFERS:],
        "past_offers": past[:PAST_OFFERS],
    }
