"""Batches in a worker's hands, as far as a test wants them."""

from collections.abc import Iterable
from contextlib import suppress

from django.conf import settings
from django.utils import timezone

from campaigns import deliveries, journal, last_check
from campaigns.deliveries import Claim
from campaigns.models import Campaign
from campaigns.outcomes import Outcome


def handing_off(campaign: Campaign, size: int = 100) -> Claim:
    """A batch whose hand-off is committed, by a worker without a journal."""
    held = deliveries.claim(campaign, size, token())
    assert last_check.begin_hand_off(campaign, held) == len(held.delivery_ids)
    return held


def dead_worker(
    campaign: Campaign, begun: Iterable[int] = (), ended: Iterable[Outcome] = ()
) -> Claim:
    """A batch whose worker began these places of it, told these outcomes, and is gone."""
    with suppress(Died), journal.opened() as log:
        held = deliveries.claim(campaign, 100, log.open_batch())
        last_check.begin_hand_off(campaign, held)
        for place in begun:
            log.begin([held.delivery_ids[place]])
        for outcome in ended:
            log.end(outcome)
        raise Died
    return held


class Died(Exception):
    """The worker is gone."""


def token() -> str:
    """A token of this host, whose journal does not exist."""
    return f"{journal.host_id()}.{timezone.now().timestamp():.6f}"


def settle(held: Claim, state: str, reason: str = "", detail: str = "") -> None:
    """The same outcome for the whole batch."""
    told = [Outcome(pk, state, reason, detail) for pk in held.delivery_ids]
    deliveries.settle(held.token, told)


def states(campaign: Campaign) -> list[str]:
    """The states of a campaign's deliveries, in their order."""
    return list(campaign.deliveries.order_by("pk").values_list("state", flat=True))


def journals() -> list[str]:
    """The names of the journals that are there."""
    return [path.name for path in settings.REGULARS_JOURNALS.glob("*.journal")]
