"""Rewards: what points buy, one reward with its amounts, taking it, and what came of it."""

import re
import uuid
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from loyalty import rewards
from loyalty.idempotency import KeyReused
from loyalty.models import Redemption, RewardAmount
from loyalty.vouchers import grouped
from portal.offers import voucher_state
from portal.purse import purse
from portal.signed_in_by_link import linked, member_of, show
from profiles.models import Member

SOURCE = "portal"
TAKEN = 12  # earlier rewards on the page
ONCE = re.compile(r"[0-9a-f]{32}")
CHOICE = re.compile(r"([0-9]{1,18})-([0-9]{1,9})")


@dataclass(frozen=True)
class Asked:
    """The member behind a link and its token, for the pages that follow."""

    request: HttpRequest
    member: Member
    token: str


@linked
@require_safe
def catalogue(request: HttpRequest, token: str) -> HttpResponseBase:
    """The rewards: those that can be taken now first."""
    member, now = member_of(request, token), timezone.now()
    return show(
        request,
        "portal/rewards.html",
        member,
        token=token,
        rows=rewards.catalogue(member.account, now),
        purse=purse(member.account, now),
        taken=_taken(member)[:TAKEN],
    )


@linked
@require_http_methods(["GET", "HEAD", "POST"])
def reward(request: HttpRequest, token: str, key: str) -> HttpResponseBase:
    """One reward; its button takes it, once however often it is pressed."""
    asked = Asked(request, member_of(request, token), token)
    return _take(asked, key) if request.method == "POST" else _show(asked, key)


@linked
@require_safe
def taken(request: HttpRequest, token: str, number: uuid.UUID) -> HttpResponseBase:
    """What came of taking a reward: its voucher, or what happens next."""
    member = member_of(request, token)
    redemption = _taken(member).filter(public_id=number).first()
    if redemption is None:
        raise Http404
    voucher, now = redemption.voucher, timezone.now()
    return show(
        request,
        "portal/reward_taken.html",
        member,
        token=token,
        redemption=redemption,
        reward=redemption.reward,
        # The household sees that it was taken; the code is for the member who took it.
        voucher=voucher if voucher and voucher.member_id == member.pk else None,
        code=grouped(voucher.code) if voucher else "",
        state=voucher_state(voucher, now) if voucher else "",
        purse=purse(member.account, now),
    )


def _show(asked: Asked, key: str, problem: object = "", status: int = 200) -> HttpResponseBase:
    member, now = asked.member, timezone.now()
    rows = rewards.catalogue(member.account, now)
    row = next((row for row in rows if row.reward.key == key), None)
    if row is None:
        raise Http404
    return show(
        asked.request,
        "portal/reward.html",
        member,
        status,
        token=asked.token,
        row=row,
        reward=row.reward,
        purse=purse(member.account, now),
        problem=problem,
        once=uuid.uuid4().hex,
    )


def _take(asked: Asked, key: str) -> HttpResponseBase:
    amount, once = _chosen(asked.request, key), asked.request.POST.get("once", "")
    if amount is None or not ONCE.fullmatch(once):
        return _show(asked, key, _("Please choose how many points to give."), 400)
    try:
        made = rewards.redeem(asked.member, amount, SOURCE, f"{asked.member.pk}:{once}")
    except rewards.RewardRefused as refused:
        return _show(asked, key, refused, 409)
    except KeyReused:
        return _show(
            asked, key, _("This was sent before with another choice. Please look again."), 409
        )
    address = reverse("portal:reward_taken", args=[asked.token, made.public_id])
    return HttpResponseRedirect(address)


def _chosen(request: HttpRequest, key: str) -> RewardAmount | None:
    """The chosen amount, at the points that the member saw."""
    choice = CHOICE.fullmatch(request.POST.get("amount", ""))
    if choice is None:
        return None
    amounts = RewardAmount.objects.select_related("reward")
    amount: RewardAmount | None = amounts.filter(pk=int(choice[1]), reward__key=key).first()
    if amount:
        amount.points = int(choice[2])
    return amount


def _taken(member: Member) -> QuerySet[Redemption]:
    mine = Redemption.objects.filter(account=member.account).order_by("-occurred_at", "-pk")
    taken: QuerySet[Redemption] = mine.select_related("reward", "amount__reward", "voucher__offer")
    return taken
