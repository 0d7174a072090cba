"""Taking rewards for points, and what becomes of it. Sole writer of redemptions.

Everything that belongs together is one transaction, and locks are taken in one order: the wallet,
the count of the reward's stock, the voucher. So two of one household meet at the wallet (limits
hold, the last points are spent once), all others at the count (the last one goes once), and nobody
waits in a circle. A voucher at a till is locked without a wallet.

A reward at once spends the points and gives its voucher. One that staff confirm sets the points
aside: ``fulfil`` spends them, ``refuse`` gives them back. ``cancel`` undoes either: points go back
to the lots they came from, the item to the stock, and an unused voucher becomes void.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from loyalty import ledger, reward_stock
from loyalty.idempotency import body_hash, check_same_body
from loyalty.ledger.opening import lock_wallet
from loyalty.models import Redemption, Reward, RewardAmount
from loyalty.reward_catalogue import Row, catalogue
from loyalty.reward_checks import taker_of, why_not
from loyalty.reward_closing import SOURCE, cancel, fulfil, give_voucher, refuse
from loyalty.reward_refusals import (
    AmountChanged,
    LimitReached,
    MemberNotActive,
    NotOpen,
    OutOfStock,
    PointsMissing,
    RewardOver,
    RewardRefused,
    TierTooLow,
    VoucherInUse,
)
from profiles.localised import localise
from profiles.models import Member

__all__ = [
    "AmountChanged",
    "LimitReached",
    "MemberNotActive",
    "NotOpen",
    "OutOfStock",
    "PointsMissing",
    "RewardOver",
    "RewardRefused",
    "Row",
    "TierTooLow",
    "VoucherInUse",
    "cancel",
    "catalogue",
    "fulfil",
    "redeem",
    "refuse",
]

State = Redemption.State


@dataclass(frozen=True)
class _Asked:
    """One request, and the amount as the member saw it."""

    member: Member
    amount: RewardAmount
    source: str
    key: str
    body_hash: str
    now: datetime


def redeem(
    member: Member, amount: RewardAmount, source: str, key: str, now: datetime | None = None
) -> Redemption:
    """Take a reward for its points; repeated under its key, return the first redemption.

    Raises RewardRefused, whose kinds each tell the member why (PointsMissing is a NotEnoughPoints
    as well), and KeyReused.
    """
    said = body_hash("reward", member.pk, amount.pk)
    asked = _Asked(member, amount, source, key, said, now or timezone.now())
    try:
        with transaction.atomic():
            lock_wallet(member.account)
            return _find(asked) or _redeem(asked)
    except IntegrityError:
        # The same key at the same moment for another wallet: the other request won.
        earlier = _find(asked)
        if earlier is None:
            raise
        return earlier


def _find(asked: _Asked) -> Redemption | None:
    earlier = Redemption.objects.filter(source=asked.source, idempotency_key=asked.key).first()
    if earlier:
        check_same_body(earlier.request_hash, asked.body_hash)
    return earlier


def _redeem(asked: _Asked) -> Redemption:
    member = Member.objects.select_related("account__brand").get(pk=asked.member.pk)
    amount = _as_it_is_now(asked.amount)
    reward = amount.reward
    if member.status != Member.Status.ACTIVE or member.account.brand_id != reward.brand_id:
        raise MemberNotActive
    taker = taker_of(member.account, [reward], asked.now)
    if refused := why_not(reward, amount, taker, asked.now):
        raise refused
    if not reward_stock.take(reward):
        raise OutOfStock
    redemption = _promised(asked, member, amount)
    _pay(redemption, asked.now)
    redemption.save(force_insert=True)
    return redemption


def _as_it_is_now(seen: RewardAmount) -> RewardAmount:
    """The amount with its reward, read afresh. Raises RewardOver, AmountChanged."""
    rows = RewardAmount.objects.select_related(
        "offer", "reward__offer", "reward__minimum_tier", "reward__tally"
    )
    amount = rows.filter(pk=seen.pk).first()
    if amount is None:
        raise RewardOver
    if amount.points != seen.points:
        raise AmountChanged
    return amount


def _promised(asked: _Asked, member: Member, amount: RewardAmount) -> Redemption:
    return Redemption(
        public_id=uuid4(),
        reward=amount.reward,
        amount=amount,
        account=member.account,
        member=member,
        points=amount.points,
        value_minor=amount.value_minor,
        currency=amount.currency,
        is_counted=amount.reward.stock is not None,
        offer=amount.given_offer,
        source=asked.source,
        idempotency_key=asked.key,
        request_hash=asked.body_hash,
        occurred_at=asked.now,
    )


def _pay(redemption: Redemption, now: datetime) -> None:
    """Spend the points and give the voucher, or set the points aside for staff."""
    account, points = redemption.account, redemption.points
    told: dict[str, Any] = {"reason": _title(redemption), "now": now}
    try:
        if redemption.reward.fulfilment == Reward.Fulfilment.STAFF:
            key = f"{redemption.public_id}:hold"
            redemption.state = State.REQUESTED
            redemption.hold = ledger.hold(account, points, SOURCE, key, **told)
            return
        key = f"{redemption.public_id}:redeem"
        redemption.entry = ledger.redeem(account, points, SOURCE, key, **told)
    except ledger.NotEnoughPoints:
        raise PointsMissing(missing=points - ledger.balance(account, now)) from None
    redemption.state, redemption.fulfilled_at = State.FULFILLED, now
    redemption.voucher = give_voucher(redemption, now)


def _title(redemption: Redemption) -> str:
    return localise(redemption.reward.title, redemption.member.language)[:200]
