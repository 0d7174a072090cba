"""A member's own name and telephone number, as the member wants them."""

from django.db import transaction

from profiles.models import Member


def in_one_line(text: str) -> str:
    """Text as typed, without control characters and needless blanks."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


@transaction.atomic
def change(member: Member, *, first_name: str, last_name: str, phone: str) -> Member:
    """Write the member's details; they are cut to what the columns hold."""
    locked = Member.objects.select_for_update().get(pk=member.pk)
    locked.first_name = in_one_line(first_name)[:80]
    locked.last_name = in_one_line(last_name)[:80]
    locked.phone = in_one_line(phone)[:20]
    locked.save(update_fields=["first_name", "last_name", "phone"])
    return locked
