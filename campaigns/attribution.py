"""Gives a redemption to the mail that carried the voucher.

Model: the member's latest mail, sent before the redemption, of a campaign that carries the
voucher's offer. A redemption without such a mail belongs to no campaign.
"""

from typing import Any

from campaigns import feedback
from campaigns.feedback import Report
from campaigns.models import Delivery, Response
from loyalty.models import VoucherUse

MODEL = "own voucher, latest mail"
SENT = [Delivery.State.ACCEPTED, Delivery.State.UNKNOWN]


def attribute(use: VoucherUse, **_more: Any) -> None:
    """Record a redemption on the delivery it answers (receiver of ``voucher_redeemed``)."""
    mails = Delivery.objects.filter(
        member=use.voucher.member_id,
        campaign__campaign_offers__offer=use.voucher.offer_id,
        state__in=SENT,
        business_at__lte=use.occurred_at,
    )
    delivery = mails.order_by("-business_at", "-pk").first()
    if delivery is None:
        return
    feedback.record(
        Report(
            delivery_id=delivery.pk,
            kind=Response.Kind.REDEEMED,
            key=f"use:{use.pk}",
            occurred_at=use.occurred_at,
            source=use.source,
            actor=Response.Actor.HUMAN,
            rule=MODEL,
            detail={"voucher": use.voucher_id, "value_minor": use.value_minor},
        )
    )
