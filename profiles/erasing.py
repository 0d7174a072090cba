"""Erasing a member: blanked in place, in every app, with the ledger's sums as they were.

What remains are ids, figures and keyed hashes: the books must add up, consent must be provable, and
an address whose owner wanted to be erased must not be written to again.
"""

from django.db import transaction

from profiles import holdings, personal_data
from profiles.leaving import leave
from profiles.models import Member, PersonalDataEvent, Suppression, User
from profiles.suppression import suppress_hash

SOURCE = "erasure"


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
    leave(locked, source, requester)
    if locked.email_hash:
        suppress_hash(locked.email_hash, Suppression.Reason.REQUEST, SOURCE)
    # From the top down: what an upper app keeps is found by what the lowest blanks, last of all.
    for holding in reversed(personal_data.holdings()):
        if holding.erase:
            holding.erase(locked)
    holdings.blank_member(locked)
    PersonalDataEvent.objects.create(
        member=locked, kind=PersonalDataEvent.Kind.ERASED, source=source, by=by, why=why
    )
    locked.refresh_from_db()
    return locked
