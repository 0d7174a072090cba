"""Whose account a till means: by the number that identifying told it, or by a card."""

from uuid import UUID

from loyalty import identifying
from profiles.cards import surviving
from profiles.models import Account, Brand, Member


class UnknownAccount(ValueError):
    """The brand has no such account."""


def find(brand: Brand, public_id: UUID | None, card: str) -> tuple[Account, Member | None]:
    """Return the account, and who of it when the card says so; the card goes first.

    An account that was merged into another is that other. Raises UnknownAccount, NotIdentified.
    """
    if card:
        found = identifying.identify(brand, card=card)
        return found.account, found.member
    accounts = Account.objects.select_related("brand")
    account = accounts.filter(brand=brand, public_id=public_id).first() if public_id else None
    if account is None:
        raise UnknownAccount("This account is not known.")
    if account.merged_into_id is None:
        return account, None
    return accounts.get(pk=surviving(account).pk), None
