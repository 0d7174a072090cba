"""Erasing a member: blanked in place, in every app, with the ledger's sums as they were.

What remains are ids, figures and keyed hashes: the books must add up, consent must be provable, and
an address whose owner wanted to be erased must not be written to again.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from profiles import holdings, personal_data
from profiles.leaving import leave
from profiles.models import Member, PersonalDataEvent, Suppression, User
from profiles.suppression import suppress_hash

SOURCE = "erasure"
UNCONFIRMED = timedelta(days=30)
A_NIGHT = 5_000  # members


@transaction.atomic
def erase(
    member: Member, source: str, requester: str = "", *, by: User | None = None, why: str = ""
) -> Member:
    """Withdraw every consent, then leave nothing that tells who the member was.

    Doing it again changes nothing. ``source`` says where it was asked for: "account" by the member,
    "staff site" ``by`` somebody who says ``why``.
    """
    locked = Member.objects.select_for_update().get(pk=member.pk)
    if locked.status == Member.Status.ERASED:
        return locked
    if locked.email_hash:
        suppress_hash(locked.email_hash, Suppression.Reason.REQUEST, SOURCE)
    _blank(locked, source, requester)
    PersonalDataEvent.objects.create(
        member=locked, kind=PersonalDataEvent.Kind.ERASED, source=source, by=by, why=why
    )
    locked.refresh_from_db()
    return locked


def forget_unconfirmed(now: datetime) -> int:
    """Blank those who asked to join long ago and never confirmed; returns how many.

    They may ask again: their address is not silenced.
    """
    waiting = Member.objects.filter(status=Member.Status.PENDING, joined_at=None)
    # Imported members were sent no mail and wait for none.
    asked = waiting.annotate(last=Max("opt_in_mails__asked_at")).filter(last__lt=now - UNCONFIRMED)
    numbers = list(asked.order_by("pk").values_list("pk", flat=True)[:A_NIGHT])
    for pk in numbers:
        with transaction.atomic():
            _blank(Member.objects.select_for_update().get(pk=pk), "retention", "")
    return len(numbers)


def _blank(member: Member, source: str, requester: str) -> None:
    leave(member, source, requester)
    # From the top down: what an upper app keeps is found by what the lowest blanks, last of all.
    for holding in reversed(personal_data.holdings()):
        if holding.erase:
            holding.erase(member)
    holdings.blank_member(member)
