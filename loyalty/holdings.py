"""What this app keeps of a member."""

from collections.abc import Iterator

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from loyalty import vouchers
from loyalty.models import (
    OfflineEvent,
    PendingReturn,
    Purchase,
    Redemption,
    ReferralCode,
    ServiceRequest,
    SwitchRow,
    TillAnswer,
    Voucher,
    WorklistItem,
)
from loyalty.statement import statement
from profiles.models import Member
from profiles.personal_data import Basis, Holding, Row, repeating

BOOKS = _("As long as books have to be kept; it names nobody after an erasure.")
MEMBERSHIP = _("As long as the membership lasts.")


def _purchases(member: Member) -> Iterator[Row]:
    found = Purchase.objects.filter(account=member.account_id).order_by("occurred_at", "pk")
    for purchase in found.prefetch_related("lines__product"):
        for line in purchase.lines.all():
            yield {
                "when": purchase.occurred_at,
                "receipt": purchase.external_id,
                "product": line.product.name if line.product else None,
                "quantity": line.quantity,
                "amount in cents": line.amount_minor,
                "currency": purchase.currency,
            }


def _points(member: Member) -> Iterator[Row]:
    with translation.override(member.language):
        for line in reversed(statement(member.account)):
            yield {
                "when": line.at,
                "what": line.title,
                "why": list(line.details),
                "points": line.points,
                "balance": line.balance,
            }


def _vouchers(member: Member) -> Iterator[Row]:
    for voucher in Voucher.objects.filter(member=member).select_related("offer").order_by("pk"):
        yield {
            "offer": str(voucher.offer),
            "code": voucher.code,
            "given": voucher.issued_at,
            "until": voucher.ends_at,
            "used": voucher.uses,
        }


def _rewards(member: Member) -> Iterator[Row]:
    for one in Redemption.objects.filter(member=member).select_related("reward").order_by("pk"):
        yield {"reward": str(one.reward), "points": one.points, "when": one.occurred_at}


def _tiers(member: Member) -> Iterator[Row]:
    for change in member.account.tier_changes.select_related("to_tier").order_by("at", "pk"):
        yield {
            "tier": str(change.to_tier) if change.to_tier else None,
            "since": change.at,
            "why": change.reason,
        }


def _end_vouchers(member: Member) -> None:
    """Codes in mails that are out there end; what was used stays in the books."""
    for voucher in Voucher.objects.filter(member=member, voided_at=None, uses=0):
        vouchers.void(voucher)


def _blank_requests(member: Member) -> None:
    """What a service desk wrote down; receipts are numbers of the till."""
    ServiceRequest.objects.filter(account=member.account_id).update(reason="erased", note="")
    WorklistItem.objects.filter(account=member.account_id).update(note="")


def _blank_switch_rows(member: Member) -> None:
    """Keys of the other system; those of cards and members tell who somebody is."""
    number = Cast(F("pk"), CharField())
    rows = SwitchRow.objects.filter(account=member.account_id)
    rows.update(key=Concat(Value("erased-"), number))


def _blank_till_bodies(member: Member) -> None:
    """What tills sent and were told, where it repeats who it was."""
    for column in ("body", "outcome"):
        repeating(OfflineEvent.objects.all(), column, member).update(body={}, outcome={})
    repeating(PendingReturn.objects.all(), "body", member).update(body={})
    repeating(TillAnswer.objects.all(), "body", member).delete()


HOLDINGS = (
    Holding(
        "loyalty.Purchase",
        _("Purchases"),
        _("To credit points, and to take them back on returns."),
        Basis.CONTRACT,
        BOOKS,
        export=_purchases,
    ),
    Holding(
        "loyalty.Refund",
        _("Returns"),
        _("To take points back."),
        Basis.CONTRACT,
        BOOKS,
    ),
    Holding(
        "loyalty.PendingReturn",
        _("Returns that wait"),
        _("To book a return that came early."),
        Basis.CONTRACT,
        MEMBERSHIP,
        erase=_blank_till_bodies,
    ),
    Holding(
        "loyalty.Wallet", _("Points"), _("To keep a household's points."), Basis.CONTRACT, BOOKS
    ),
    Holding(
        "loyalty.Entry",
        _("Statement"),
        _("To explain every point."),
        Basis.CONTRACT,
        BOOKS,
        export=_points,
    ),
    Holding(
        "loyalty.TierStanding", _("Tier"), _("To grant what a tier brings."), Basis.CONTRACT, BOOKS
    ),
    Holding(
        "loyalty.TierChange",
        _("Tiers over time"),
        _("To explain a tier."),
        Basis.CONTRACT,
        BOOKS,
        export=_tiers,
    ),
    Holding(
        "loyalty.Voucher",
        _("Vouchers"),
        _("To redeem an offer once."),
        Basis.CONTRACT,
        BOOKS,
        export=_vouchers,
        erase=_end_vouchers,
    ),
    Holding(
        "loyalty.VoucherReservation",
        _("Vouchers at a till"),
        _("To use a voucher once."),
        Basis.CONTRACT,
        BOOKS,
    ),
    Holding(
        "loyalty.VoucherUse", _("Vouchers used"), _("To use a voucher once."), Basis.CONTRACT, BOOKS
    ),
    Holding(
        "loyalty.OfferTally",
        _("Uses of offers"),
        _("To keep limits."),
        Basis.CONTRACT,
        BOOKS,
    ),
    Holding(
        "loyalty.Redemption",
        _("Rewards taken"),
        _("To hand rewards out."),
        Basis.CONTRACT,
        BOOKS,
        export=_rewards,
    ),
    Holding(
        "loyalty.ReferralCode",
        _("Link for friends"),
        _("To know who brought whom."),
        Basis.CONTRACT,
        MEMBERSHIP,
        erase=lambda member: ReferralCode.objects.filter(member=member).delete(),
    ),
    Holding(
        "loyalty.Referral", _("Friends"), _("To pay for a friend once."), Basis.CONTRACT, BOOKS
    ),
    Holding(
        "loyalty.ServiceRequest",
        _("Requests to the service desk"),
        _("To correct points."),
        Basis.CONTRACT,
        BOOKS,
        erase=_blank_requests,
    ),
    Holding(
        "loyalty.WorklistItem",
        _("Worklist of the tills"),
        _("To look into what went wrong."),
        Basis.INTEREST,
        BOOKS,
    ),
    Holding(
        "loyalty.OfflineEvent",
        _("Tills that were offline"),
        _("To record what happened."),
        Basis.CONTRACT,
        _("Until it is recorded."),
    ),
    Holding(
        "loyalty.TillAnswer",
        _("Answers to tills"),
        _("To answer the same again."),
        Basis.CONTRACT,
        _("A few days."),
    ),
    Holding(
        "loyalty.SwitchRow",
        _("Taken over from another system"),
        _("To prove the switch."),
        Basis.LAW,
        BOOKS,
        erase=_blank_switch_rows,
    ),
)
