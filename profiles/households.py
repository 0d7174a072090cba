"""Several people on one account: who lives together collects together."""

from collections.abc import Iterable

from django.db import transaction

from profiles.models import Account, Card, Member


class NotMovable(ValueError):
    """The person cannot leave or join this household; the message says why."""


def lock(accounts: Iterable[Account]) -> dict[int, Account]:
    """Lock accounts against other moves until the transaction ends, always in the same order.

    Recording a purchase needs no such lock, and does not wait.
    """
    rows = Account.objects.select_for_update(no_key=True).order_by("pk")
    return {row.pk: row for row in rows.filter(pk__in={account.pk for account in accounts})}


@transaction.atomic
def add(account: Account, member: Member) -> Member:
    """Let a member of a larger household join another one: their points stay where they are.

    Somebody who is alone brings everything along: see ``loyalty.claiming.take_in``.
    Raises NotMovable.
    """
    origin = member.account
    locked = lock([origin, account])
    if locked[account.pk].merged_into_id or origin.brand_id != account.brand_id:
        raise NotMovable("Nobody can join this account.")
    if not origin.members.exclude(pk=member.pk).exists():
        raise NotMovable("Nobody would be left with the points of the old account.")
    return _move(member, account)


@transaction.atomic
def remove(member: Member) -> Member:
    """Give a member of a household an account of their own; the points stay with the household.

    Their own cards go along. Raises NotMovable when nobody else is there.
    """
    origin = member.account
    lock([origin])
    if not origin.members.exclude(pk=member.pk).exists():
        raise NotMovable("Nobody else is on this account.")
    _move(member, Account.objects.create(brand=origin.brand))
    if not member.cards.filter(blocked_at=None).exists():
        Card.objects.create(brand=origin.brand, account=member.account, member=member)
    return member


def _move(member: Member, account: Account) -> Member:
    origin = member.account_id
    if not Member.objects.filter(pk=member.pk, account=origin).update(account=account):
        raise NotMovable("This person has just moved.")
    Card.objects.filter(member=member, account=origin).update(account=account)
    member.account = account
    return member
