"""Finding a member by what a caller can tell: address, card, phone or name."""

from django.db.models import Q, QuerySet

from profiles.models import Member

CARD_DIGITS = 10


def find(members: QuerySet[Member], text: str) -> QuerySet[Member]:
    """Narrow ``members`` to those whom the words describe; each word must fit somewhere."""
    for word in text.split()[:6]:
        members = members.filter(_fits(word))
    return members


def _fits(word: str) -> Q:
    if "@" in word:
        return Q(email_key__startswith=word.lower())
    if word.isdigit() and len(word) >= CARD_DIGITS:
        return Q(cards__number=word) | Q(phone__endswith=word)
    return (
        Q(last_name__istartswith=word)
        | Q(first_name__istartswith=word)
        | Q(email_key__startswith=word.lower())
        | Q(account__external_id=word)
    )
