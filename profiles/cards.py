"""Cards: printed in bulk, opened at their first use, blocked, replaced; each with its log.

A card from a batch is blank: it belongs to a brand and to nobody. The first till that reads it
opens its account, so that points are earned before anybody registers. Rows are locked in the
order accounts, cards, wallets, everywhere.
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from profiles.models import Account, Brand, Card, CardBatch, CardEvent, Member, User
from profiles.models.cards import with_check_digit

CHUNK = 5_000
SERIAL_DIGITS = 8
MOST_CARDS = 1_000_000  # of 10**8 numbers: a guess meets a card of the batch once in a hundred
FIRST_PREFIX, LAST_PREFIX = 2000, 2899


class UnknownCard(ValueError):
    """No card of the brand has this number."""


class CardBlocked(ValueError):
    """The card was blocked: lost, stolen or replaced."""


class NotReplaceable(ValueError):
    """The card was replaced before, or the new one is not blank."""


@dataclass(frozen=True)
class Holder:
    """Whose card it is. The account of a blank card that is blocked is None."""

    account_id: int | None
    member_id: int | None
    is_blocked: bool


@transaction.atomic
def issue_batch(
    brand: Brand, count: int, name: str, by: User | None, now: datetime | None = None
) -> CardBatch:
    """Make ``count`` blank cards with random numbers that share a prefix.

    Numbers are random so that knowing one card does not give away its neighbours.
    Raises ValueError for a count that is no number of cards.
    """
    if not 0 < count <= MOST_CARDS:
        raise ValueError(f"A batch has 1 to {MOST_CARDS} cards.")
    now = now or timezone.now()
    batch = CardBatch.objects.create(
        brand=brand, name=name, prefix=_next_prefix(), count=count, made_at=now, made_by=by
    )
    numbers = _fresh_numbers(batch.prefix, count)
    for start in range(0, count, CHUNK):
        Card.objects.bulk_create(
            Card(brand=brand, batch=batch, number=number, issued_at=now)
            for number in numbers[start : start + CHUNK]
        )
    return batch


def numbers_of(batch: CardBatch) -> Iterator[str]:
    """The numbers of a batch, in the order of printing."""
    rows = batch.cards.order_by("pk").values_list("number", flat=True)
    return rows.iterator(chunk_size=CHUNK)


def holders_of(
    brand: Brand, numbers: Iterable[str], now: datetime | None = None
) -> dict[str, Holder]:
    """Whose cards these are, by number; numbers the brand does not know are missing.

    Opens the accounts of blank cards. Call it within the transaction that records what happened:
    the cards stay locked, so that nobody claims one of them meanwhile.
    """
    found = {}
    with transaction.atomic():
        for pk, number, account, member, blocked_at in _lock(brand, numbers):
            is_blank = account is None and blocked_at is None
            holder = _open(brand, pk, now or timezone.now()) if is_blank else account
            found[number] = Holder(holder, member, blocked_at is not None)
    return found


def account_of(
    brand: Brand, number: str, now: datetime | None = None
) -> tuple[Account, Member | None]:
    """Whose card it is; a blank one opens its account. Raises UnknownCard, CardBlocked."""
    holder = holders_of(brand, [number], now).get(number)
    if holder is None:
        raise UnknownCard("This card is not known.")
    if holder.is_blocked:
        raise CardBlocked("This card is blocked.")
    member = Member.objects.filter(pk=holder.member_id or 0).first()
    return Account.objects.select_related("brand").get(pk=holder.account_id or 0), member


def surviving(account: Account) -> Account:
    """The account that holds everything now, following those that were merged."""
    account = Account.objects.get(pk=account.pk)
    while account.merged_into is not None:
        account = account.merged_into
    return account


@transaction.atomic
def block(card: Card, reason: str, by: User | None, now: datetime | None = None) -> bool:
    """Block a card; False when it was blocked before. Points stay with the account."""
    now = now or timezone.now()
    blocked = Card.objects.filter(pk=card.pk, blocked_at=None).update(blocked_at=now)
    if blocked:
        log(card.pk, CardEvent.Kind.BLOCKED, now, reason=reason, by=by)
    card.refresh_from_db()
    return bool(blocked)


@transaction.atomic
def unblock(card: Card, reason: str, by: User | None, now: datetime | None = None) -> bool:
    """Let a card be used again; False when it was not blocked, or has been replaced."""
    waiting = Card.objects.filter(pk=card.pk, blocked_at__isnull=False, replaced_by=None)
    freed = waiting.update(blocked_at=None)
    if freed:
        log(card.pk, CardEvent.Kind.UNBLOCKED, now or timezone.now(), reason=reason, by=by)
    card.refresh_from_db()
    return bool(freed)


@transaction.atomic
def replace(
    card: Card, by: User | None, number: str = "", reason: str = "", now: datetime | None = None
) -> Card:
    """Give the holder a new card and block the old one; returns the new card.

    ``number`` is that of a blank card handed over at the desk, else the number is a fresh one.
    Raises NotReplaceable.
    """
    now = now or timezone.now()
    card = Card.objects.select_for_update(no_key=True).get(pk=card.pk)
    new = _blank(card, number) if number else Card.objects.create(brand=_brand(card))
    waiting = Card.objects.filter(pk=card.pk, replaced_by=None)
    if not waiting.update(replaced_by=new, blocked_at=card.blocked_at or now):
        raise NotReplaceable("This card was replaced before.")
    Card.objects.filter(pk=new.pk).update(account=card.account, member=card.member)
    log(card.pk, CardEvent.Kind.REPLACED, now, reason=reason, by=by)
    new.refresh_from_db()
    return new


def log(
    card_id: int, kind: CardEvent.Kind, now: datetime, *, reason: str = "", by: User | None = None
) -> None:
    """Add a line to a card's log."""
    CardEvent.objects.create(card_id=card_id, kind=kind, reason=reason, by=by, occurred_at=now)


def _lock(
    brand: Brand, numbers: Iterable[str]
) -> list[tuple[int, str, int | None, int | None, datetime | None]]:
    """Cards of the brand, locked in the same order by everyone."""
    cards = Card.objects.select_for_update(no_key=True, of=("self",))
    mine = cards.filter(Q(brand=brand) | Q(account__brand=brand), number__in=set(numbers))
    rows = mine.order_by("pk").values_list("pk", "number", "account", "member", "blocked_at")
    return list(rows)


def _open(brand: Brand, card_id: int, now: datetime) -> int:
    account = Account.objects.create(brand=brand, opened_at=now)
    if _give(card_id, account):
        log(card_id, CardEvent.Kind.OPENED, now)
        return account.pk
    # Another till was first: the points go to the account that it opened.
    account.delete()
    return Card.objects.values_list("account", flat=True).get(pk=card_id) or 0


def _give(card_id: int, account: Account) -> bool:
    """Let a blank card belong to an account; False when it is blank no more."""
    return bool(Card.objects.filter(pk=card_id, account=None).update(account=account))


def _blank(card: Card, number: str) -> Card:
    blanks = Card.objects.select_for_update(no_key=True)
    new = blanks.filter(number=number, brand=_brand(card), account=None, blocked_at=None).first()
    if new is None or new.pk == card.pk:
        raise NotReplaceable("The new card is not a blank one.")
    return new


def _brand(card: Card) -> Brand:
    if card.brand:
        return card.brand
    if card.account:
        return card.account.brand
    raise AssertionError(card)


def _next_prefix() -> str:
    last = CardBatch.objects.order_by("-prefix").values_list("prefix", flat=True).first()
    prefix = int(last) + 1 if last else FIRST_PREFIX
    if prefix > LAST_PREFIX:
        raise ValueError("All prefixes for batches of cards are in use.")
    return str(prefix)


def _fresh_numbers(prefix: str, count: int) -> list[str]:
    """Random numbers with the prefix that no card has: an older system may have used some."""
    taken = set(Card.objects.filter(number__startswith=prefix).values_list("number", flat=True))
    serials = secrets.SystemRandom().sample(range(10**SERIAL_DIGITS), count + len(taken))
    numbers = (with_check_digit(f"{prefix}{serial:0{SERIAL_DIGITS}}") for serial in serials)
    return [number for number in numbers if number not in taken][:count]
