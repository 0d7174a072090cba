"""Making a card one's own, and joining two accounts: everything on one of them moves.

Points keep their dates, debt is still owed, purchases are found on the account that is left, and
returns through their purchases: a return is evidence, and stays as it was written. What other
parts of the app keep by account moves through ``register``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty import ledger, rate_limits, tiers
from loyalty.models import Purchase, Wallet
from profiles import cards, households
from profiles.models import Account, Card, CardEvent, Member, User

SOURCE: Final = "claim"
TRIES_AN_HOUR = 5
HOUR = 3_600
ATTEMPTS = 3

Move = Callable[[Account, Account], None]
_moves: dict[str, Move] = {}


class NotClaimable(ValueError):
    """The card cannot be claimed. One message for every reason: a guess learns nothing."""


class TooManyTries(NotClaimable):
    """Too many numbers were tried within the hour."""


class NotMergeable(ValueError):
    """The accounts cannot become one."""


class _Changed(Exception):
    """Something moved between looking and locking."""


@dataclass(frozen=True)
class _Joining:
    """Everything on ``origin`` becomes ``target``'s; what was nobody's becomes ``holder``'s."""

    origin: Account
    target: Account
    key: str
    reason: str
    holder: Member | None = None


def register(name: str, move: Move) -> None:
    """Let ``move(origin, target)`` be called when accounts become one, in that transaction."""
    _moves[name] = move


def claim(member: Member, number: str, by: User | None = None, now: datetime | None = None) -> Card:
    """Let a card that is nobody's be the member's, with the points it collected before.

    Claiming one's own card changes nothing. ``by`` is the staff who does it for the member, and
    is not limited. Raises NotClaimable, TooManyTries. Call it outside a transaction.
    """
    now = now or timezone.now()
    tries = (str(member.pk), TRIES_AN_HOUR, HOUR)
    if by is None and not rate_limits.spend("claim a card", *tries, now=now):
        raise TooManyTries(_("Too many tries. Please wait an hour."))
    for _attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _claim(Member.objects.get(pk=member.pk), number, by, now)
        except _Changed:
            # Looked at again, it is somebody's or it is still free.
            continue
    raise _no()


def merge_accounts(
    origin: Account, target: Account, by: User | None = None, now: datetime | None = None
) -> None:
    """Let everybody and everything of ``origin`` be on ``target``. Raises NotMergeable."""
    if origin.pk == target.pk or origin.brand_id != target.brand_id:
        raise NotMergeable("These accounts cannot become one.")
    key = f"account:{origin.pk}:{target.pk}"
    with transaction.atomic():
        locked = households.lock([origin, target])
        if any(account.merged_into_id for account in locked.values()):
            raise NotMergeable("One of the accounts was merged before.")
        who = f" by {by}" if by else ""
        joining = _Joining(locked[origin.pk], locked[target.pk], key, f"Accounts joined{who}")
        _join(joining, now or timezone.now())


def take_in(
    account: Account, member: Member, by: User | None = None, now: datetime | None = None
) -> Member:
    """Let a member join a household, with the points if nobody is left behind with them.

    Raises NotMergeable or NotMovable.
    """
    if member.account.members.exclude(pk=member.pk).exists():
        return households.add(account, member)
    merge_accounts(member.account, account, by, now)
    member.refresh_from_db()
    return member


def _claim(member: Member, number: str, by: User | None, now: datetime) -> Card:
    card = Card.objects.select_related("account").filter(number=number).first()
    if card is None or card.blocked_at or _brand_id(card) != member.account.brand_id:
        raise _no()
    if card.account_id == member.account_id and card.member_id in (None, member.pk):
        return card
    origin = card.account
    _lock_accounts(member, origin)
    if card.member_id or (origin and not _is_nobodys(origin)):
        raise _no()
    if not _take(card, member):
        raise _Changed
    cards.log(card.pk, CardEvent.Kind.CLAIMED, now, by=by)
    if origin:
        reason = "Points of a card that was claimed"
        _join(_Joining(origin, member.account, f"card:{number}", reason, member), now)
    card.refresh_from_db()
    return card


def _take(card: Card, member: Member) -> bool:
    """Make the card the member's if it is still what was read; the row count decides."""
    same = Card.objects.filter(pk=card.pk, account=card.account_id, member=None, blocked_at=None)
    return bool(same.update(account=member.account_id, member=member))


def _lock_accounts(member: Member, origin: Account | None) -> None:
    """Lock the accounts; raises _Changed when the member or the origin has just moved."""
    accounts = [member.account, *([origin] if origin else [])]
    locked = households.lock(accounts)
    moved = not Member.objects.filter(pk=member.pk, account=member.account_id).exists()
    if moved or any(account.merged_into_id for account in locked.values()):
        raise _Changed


def _is_nobodys(account: Account) -> bool:
    return account.merged_into_id is None and not account.members.exists()


def _join(joining: _Joining, now: datetime) -> None:
    origin, target, holder = joining.origin, joining.target, joining.holder
    if holder:
        Card.objects.filter(account=origin, member=None).update(member=holder)
        Purchase.objects.filter(account=origin, member=None).update(member=holder)
    Member.objects.filter(account=origin).update(account=target)
    Card.objects.filter(account=origin).update(account=target)
    Purchase.objects.filter(account=origin).update(account=target)
    Account.objects.filter(merged_into=origin).update(merged_into=target)
    Account.objects.filter(pk=origin.pk).update(merged_into=target)
    if Wallet.objects.filter(account=origin).exists():
        ledger.transfer(origin, target, SOURCE, joining.key, reason=joining.reason, now=now)
    for move in _moves.values():
        move(origin, target)
    tiers.join(origin, target, now)


def _brand_id(card: Card) -> int | None:
    return card.brand_id or (card.account.brand_id if card.account else None)


def _no() -> NotClaimable:
    return NotClaimable(_("This card cannot be added. Check the number, or ask at the shop."))
