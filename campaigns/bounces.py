"""What a refusal at the hand-off means for the address: gone for good is suppressed."""

from collections.abc import Iterable

from campaigns.models import Delivery
from campaigns.outcomes import HARD_BOUNCE, Outcome
from profiles.models import Suppression
from profiles.suppression import suppress_hash


def take_notice(outcomes: Iterable[Outcome]) -> None:
    """Suppress the addresses that the receiving server says do not exist."""
    gone = {o.delivery_id: o.detail for o in outcomes if o.reason == HARD_BOUNCE}
    rows = Delivery.objects.filter(pk__in=gone).values_list("pk", "member__email_hash")
    for delivery_id, email_hash in rows if gone else ():
        reason = Suppression.Reason.HARD_BOUNCE
        suppress_hash(email_hash, reason, "hand-off", gone[delivery_id])
