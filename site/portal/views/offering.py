"""Offers: a member's own with its code, and the public page that identifies nobody."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from campaigns import tracking
from campaigns.models import Delivery
from campaigns.views.hits import hit_of
from loyalty.models import Offer, Voucher
from loyalty.vouchers import grouped
from portal.offers import state_of, voucher_state
from portal.signed_in_by_link import linked, show, two
from profiles import signed_links


@linked
@require_safe
def offer(request: HttpRequest, token: str) -> HttpResponseBase:
    """What it is, why this member got it, how long it holds, and the code."""
    voucher_id, delivery_id = two(signed_links.read(signed_links.OFFER, token))
    vouchers = Voucher.objects.select_related("offer__brand", "member__account__brand")
    voucher = vouchers.filter(pk=voucher_id).first()
    if voucher is None or voucher.member is None:
        raise signed_links.BadLink
    tracking.offer_click(delivery_id, voucher_id, hit_of(request))
    return show(
        request,
        "portal/offer.html",
        voucher.member,
        voucher=voucher,
        offer=voucher.offer,
        code=grouped(voucher.code),
        state=voucher_state(voucher, timezone.now()),
        last_use=voucher.redemptions.order_by("-occurred_at").first(),
        delivery=_delivery(delivery_id, voucher),
    )


@require_safe
def public_offer(request: HttpRequest, offer_id: int) -> HttpResponseBase:
    """The same promise without a code, for mails that carry no name in their links."""
    offer = get_object_or_404(Offer.objects.select_related("brand"), pk=offer_id)
    with translation.override(translation.get_language_from_request(request)):
        state = state_of(offer, timezone.now())
        context = {"offer": offer, "brand": offer.brand, "state": state}
        return render(request, "portal/offer_public.html", context)


def _delivery(delivery_id: int, voucher: Voucher) -> Delivery | None:
    own = Delivery.objects.filter(pk=delivery_id, member=voucher.member)
    return own.select_related("campaign__topic").first()
