"""Many members at once, for tests that need a campaign to last a while."""

from campaigns.models import Campaign
from profiles.addresses import hash_of
from profiles.models import Account, Member, Subscription
from tests import cast
from tests.cast import Club


def crowd(club: Club, size: int) -> None:
    """Subscribe ``size`` members to the weekly offers."""
    accounts = Account.objects.bulk_create(Account(brand=club.brand) for _ in range(size))
    members = Member.objects.bulk_create(
        [_member(account, f"m{number}@example.com") for number, account in enumerate(accounts)],
        batch_size=500,
    )
    Subscription.objects.bulk_create(
        [Subscription(member=m, topic=club.offers, state="subscribed") for m in members],
        batch_size=500,
    )


def due_campaign(club: Club) -> Campaign:
    """An approved campaign to the whole crowd, due now, all at once."""
    return cast.approved(club, cast.campaign(club, first_percent=0))


def _member(account: Account, address: str) -> Member:
    return Member(
        account=account,
        email=address,
        email_key=address,
        email_hash=hash_of(address),
        first_name="Ana",
        last_name="Ruiz",
        status=Member.Status.ACTIVE,
    )
