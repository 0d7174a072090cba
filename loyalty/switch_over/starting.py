"""Beginning a switch-over, and asking whether it is still going on."""

from datetime import datetime

from loyalty.models import SwitchOver
from profiles.models import Brand

State = SwitchOver.State


class NotOpen(Exception):
    """The switch-over was signed off or undone."""


def start(brand: Brand, at: datetime) -> SwitchOver:
    """Begin a switch-over as of a moment, or go on with the one that is open.

    Raises ValueError when one is open as of another moment.
    """
    switch, _new = SwitchOver.objects.get_or_create(
        brand=brand, state=State.OPEN, defaults={"at": at}
    )
    if switch.at != at:
        raise ValueError(f"A switch-over as of {switch.at:%Y-%m-%d %H:%M} is open.")
    return switch


def require_open(switch: SwitchOver) -> SwitchOver:
    """Lock the switch-over until the transaction ends, and read it anew. Raises NotOpen."""
    locked = SwitchOver.objects.select_for_update().get(pk=switch.pk)
    if locked.state != State.OPEN:
        raise NotOpen(f"This switch-over is {locked.get_state_display().lower()}.")
    return locked
