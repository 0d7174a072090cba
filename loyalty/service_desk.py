"""The service desk: crediting a missing receipt, giving or taking points, replacing a voucher.

Within limits a clerk acts alone; above them the request waits for a second person, who is neither
the clerk nor of the household, superusers included. Either way the row of the request tells who
asked, when and why, who decided, and what came of it. Whoever may ask is for the callers to
decide; who may decide is settled here.

A receipt is credited once, for whomever: its name is unique among requests that were not refused,
and what a till reported before is refused.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from loyalty import ledger, purchases, service_receipts
from loyalty.counter import NotRecordable
from loyalty.idempotency import body_hash, check_same_body
from loyalty.models import Entry, Purchase, ServiceRequest, Voucher
from loyalty.reported import LineData, PurchaseData
from loyalty.service_limits import holds, why_second
from loyalty.service_receipts import SOURCE, Receipt
from loyalty.vouchers import reissue
from profiles.cards import surviving
from profiles.models import Account, Brand, Member, User

DECIDE: Final = "loyalty.decide_servicerequest"
GIVEN: Final = gettext_noop("Points from our service")
TAKEN: Final = gettext_noop("Points corrected by our service")

Kind = ServiceRequest.Kind
State = ServiceRequest.State


class AlreadyCredited(ValueError):
    """This receipt is recorded, or asked for, already."""


class AlreadyReplaced(ValueError):
    """A replacement of this voucher was asked for already."""


class AlreadyDecided(Exception):
    """Somebody else decided before."""


class MayNotDecide(PermissionDenied):
    """This person may not decide about this request."""


@dataclass(frozen=True)
class Asked:
    """Who asks, why, and under which key: the same key again is the same request."""

    by: User
    reason: str
    key: str
    now: datetime | None = None


def credit_receipt(asked: Asked, member: Member, receipt: Receipt) -> ServiceRequest:
    """Record the purchase of a receipt that never came to the member's account.

    It earns by the rules of its day.

    Raises AlreadyCredited, NotRecordable, KeyReused, ValueError without a reason.
    """
    now = asked.now or timezone.now()
    service_receipts.check(receipt, now)
    _check_member(member, receipt.store.brand)
    lines = [asdict(line) for line in receipt.lines]
    facts = {
        "member": member,
        "store": receipt.store,
        "receipt": service_receipts.name_of(receipt),
        "lines": lines,
        "amount_minor": receipt.total_minor,
    }
    request = _request(asked, Kind.RECEIPT, member.account, facts)
    request.occurred_at = service_receipts.moment_of(receipt, now)
    alike = service_receipts.look_alikes(receipt).exists
    return _ask(request, AlreadyCredited("This receipt was credited before."), now, alike)


def adjust_points(
    asked: Asked, account: Account, points: int, expires_at: datetime | None = None
) -> ServiceRequest:
    """Give (positive) points as goodwill, or take some (negative) that should not be there.

    Raises NotEnoughPoints, KeyReused, ValueError for no points or no reason.
    """
    if not isinstance(points, int) or isinstance(points, bool) or not points:
        raise ValueError("Points must be a whole number, and not zero.")
    facts = {"points": points, "expires_at": expires_at}
    request = _request(asked, Kind.POINTS, surviving(account), facts)
    return _ask(request, None, asked.now or timezone.now())


def reissue_voucher(
    asked: Asked, voucher: Voucher, valid_until: datetime | None = None
) -> ServiceRequest:
    """Replace a member's voucher by another code, perhaps with a later end.

    Raises NotReissuable, AlreadyReplaced, KeyReused, ValueError for a voucher of nobody.
    """
    if voucher.member is None:
        raise ValueError("Only a member's voucher is replaced at the desk.")
    facts = {"member": voucher.member, "voucher": voucher, "expires_at": valid_until}
    request = _request(asked, Kind.VOUCHER, voucher.member.account, facts)
    no = AlreadyReplaced("This voucher was replaced before.")
    return _ask(request, no, asked.now or timezone.now())


def may_decide(request: ServiceRequest, user: User) -> bool:
    """Whether this is a second person: not the clerk, nor one of the household."""
    is_second = user.pk != request.requested_by_id and user.has_perm(DECIDE)
    return is_second and not holds(user, surviving(request.account).pk)


@transaction.atomic
def approve(
    request: ServiceRequest, by: User, note: str = "", now: datetime | None = None
) -> ServiceRequest:
    """Do what was asked for. Raises MayNotDecide, AlreadyDecided, and what doing it raises.

    When it cannot be done any more, it keeps waiting, to be refused.
    """
    now = now or timezone.now()
    _decide(request, State.APPROVED, by, note, now)
    _carry_out(request, now)
    return request


@transaction.atomic
def refuse(
    request: ServiceRequest, by: User, note: str, now: datetime | None = None
) -> ServiceRequest:
    """Let nothing happen. Raises MayNotDecide, AlreadyDecided, ValueError without a note."""
    if not note.strip():
        raise ValueError("Say why.")
    _decide(request, State.REFUSED, by, note, now or timezone.now())
    return request


def waiting(brand: Brand) -> QuerySet[ServiceRequest]:
    """What waits for a second person, oldest first."""
    open_ones = ServiceRequest.objects.filter(brand=brand, state=State.WAITING)
    return open_ones.select_related("account", "member", "requested_by").order_by(
        "requested_at", "pk"
    )


def _request(
    asked: Asked, kind: ServiceRequest.Kind, account: Account, facts: dict[str, Any]
) -> ServiceRequest:
    """The request as it was asked for, not yet stored."""
    reason = asked.reason.strip()
    if not reason:
        raise ValueError("Say why.")
    said = {name: getattr(fact, "pk", fact) for name, fact in facts.items()}
    return ServiceRequest(
        brand=account.brand,
        account=account,
        kind=kind,
        key=asked.key,
        request_hash=body_hash(kind, account.pk, asked.by.pk, reason, said),
        reason=reason,
        requested_by=asked.by,
        **facts,
    )


def _ask(
    request: ServiceRequest,
    taken: ValueError | None,
    now: datetime,
    looks_alike: Callable[[], bool] = lambda: False,
) -> ServiceRequest:
    """Store the request and do it when nobody else has to look; ``taken`` when another won."""
    try:
        with transaction.atomic():
            # One clerk's requests go one after the other: a day's limit holds for all of them.
            User.objects.select_for_update(no_key=True).get(pk=request.requested_by_id)
            return _find(request) or _store(request, now, looks_alike())
    except IntegrityError:
        earlier = _find(request)
        if earlier is None:
            if taken is None:
                raise
            raise taken from None
        return earlier


def _find(request: ServiceRequest) -> ServiceRequest | None:
    earlier = ServiceRequest.objects.filter(key=request.key).first()
    if earlier:
        check_same_body(earlier.request_hash, request.request_hash)
    return earlier


def _store(request: ServiceRequest, now: datetime, looks_alike: bool) -> ServiceRequest:
    _refuse_known_receipt(request)
    request.requested_at = now
    request.second_for = why_second(request, looks_alike, now)
    if not request.second_for:
        request.state, request.decided_at = State.APPROVED, now
    request.save(force_insert=True)
    if not request.second_for:
        _carry_out(request, now)
    return request


def _decide(request: ServiceRequest, state: State, by: User, note: str, now: datetime) -> None:
    """The row count decides between two who decide at once."""
    if not may_decide(request, by):
        raise MayNotDecide("A second person has to decide: neither the clerk nor the household.")
    still_open = ServiceRequest.objects.filter(pk=request.pk, state=State.WAITING)
    if not still_open.update(state=state, decided_by=by, decided_at=now, note=note.strip()):
        raise AlreadyDecided("This was decided before.")
    request.refresh_from_db()


def _carry_out(request: ServiceRequest, now: datetime) -> None:
    done = _ACTS[Kind(request.kind)](request, now)
    ServiceRequest.objects.filter(pk=request.pk).update(**done)
    request.refresh_from_db()


def _record(request: ServiceRequest, now: datetime) -> dict[str, Purchase]:
    _refuse_known_receipt(request)
    if request.member is None or request.store is None or request.occurred_at is None:
        raise AssertionError(request)
    _check_member(request.member, request.brand)
    data = PurchaseData(
        request.receipt,
        request.occurred_at,
        request.brand.currency,
        tuple(LineData(**line) for line in request.lines),
        member=request.member,
        store_code=request.store.code,
    )
    return {"purchase": purchases.record(request.brand, SOURCE, data, now=now)}


def _adjust(request: ServiceRequest, now: datetime) -> dict[str, Entry]:
    entry = ledger.adjust(
        surviving(request.account),
        request.points,
        SOURCE,
        f"request:{request.pk}",
        # Members read it in their statement; what the clerk wrote is for staff.
        reason=GIVEN if request.points > 0 else TAKEN,
        by=request.requested_by,
        approved_by=request.decided_by,
        expires_at=request.expires_at,
        now=now,
    )
    return {"entry": entry}


def _reissue(request: ServiceRequest, _now: datetime) -> dict[str, Voucher]:
    if request.voucher is None:
        raise AssertionError(request)
    new = reissue(
        request.voucher,
        note=request.reason,
        by=request.requested_by,
        valid_until=request.expires_at,
    )
    return {"replacement": new}


_ACTS: Final[dict[Kind, Callable[[ServiceRequest, datetime], dict[str, Any]]]] = {
    Kind.RECEIPT: _record,
    Kind.POINTS: _adjust,
    Kind.VOUCHER: _reissue,
}


def _refuse_known_receipt(request: ServiceRequest) -> None:
    """Raise AlreadyCredited when a till has told of the receipt, for whomever."""
    if request.store is None:
        return
    receipt = service_receipts.read_name(request.store, request.receipt)
    if service_receipts.told_by_tills(*receipt).exists():
        raise AlreadyCredited("This receipt was recorded before.")


def _check_member(member: Member, brand: Brand) -> None:
    if member.account.brand_id != brand.pk:
        raise NotRecordable("This store is of another brand.")
    if member.status in (Member.Status.LEFT, Member.Status.ERASED):
        raise NotRecordable("This person has left the club.")
