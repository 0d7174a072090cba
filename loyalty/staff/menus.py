"""Where the screens stand in Wagtail's menus, each for those who may look at it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from loyalty.staff import may
from loyalty.staff.urls import NAMESPACE

LOYALTY_MENU = "register_loyalty_menu_item"
REPORTS_MENU = "register_reports_menu_item"
# menu, route, words, icon, what it takes, place
ITEMS: list[tuple[str, str, Any, str, tuple[str, ...], int]] = [
    (
        LOYALTY_MENU,
        "requests",
        _("Requests"),
        "tasks",
        (may.LOOK_AT_REQUESTS, may.LOOK_AT_MEMBERS),
        10,
    ),
    (
        LOYALTY_MENU,
        "redemptions",
        _("Redemptions"),
        "clipboard-list",
        (may.LOOK_AT_REDEMPTIONS, may.LOOK_AT_MEMBERS),
        13,
    ),
    (
        LOYALTY_MENU,
        "worklist",
        _("Worklist"),
        "list-ul",
        (may.LOOK_AT_WORKLIST, may.LOOK_AT_MEMBERS),
        11,
    ),
    (
        LOYALTY_MENU,
        "refused_code",
        _("Refused codes"),
        "ticket",
        (may.LOOK_AT_REQUESTS, may.LOOK_AT_MEMBERS),
        12,
    ),
    (LOYALTY_MENU, "till_keys", _("Till keys"), "key", (may.LOOK_AT_TILL_KEYS,), 70),
    (LOYALTY_MENU, "card_batches", _("Plastic cards"), "clipboard-list", (may.LOOK_AT_CARDS,), 69),
    (LOYALTY_MENU, "offline", _("Offline tills"), "history", (may.LOOK_AT_OFFLINE,), 71),
    (REPORTS_MENU, "liability", _("Liability"), "history", (may.LOOK_AT_LIABILITY,), 20),
    (REPORTS_MENU, "months", _("Month-ends"), "date", (may.LOOK_AT_LIABILITY,), 21),
    (REPORTS_MENU, "health", _("Health of the ledger"), "check", (may.LOOK_AT_HEALTH,), 22),
    (REPORTS_MENU, "switches", _("Switch-over"), "download", (may.LOOK_AT_SWITCH,), 23),
]


class Item(MenuItem):
    """A way that only those see who may follow it."""

    def __init__(self, *args: Any, needs: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needs = needs

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether the person may follow it."""
        return bool(request.user.has_perms(self.needs))


def register() -> None:
    """Put every item into its menu."""
    for menu, route, words, icon, needs, order in ITEMS:
        hooks.register(menu, _maker(route, words, icon, needs, order))


def _maker(
    route: str, words: Any, icon: str, needs: tuple[str, ...], order: int
) -> Callable[[], Item]:
    url = reverse_lazy(f"{NAMESPACE}:{route}")
    name = f"loyalty-{route.replace('_', '-')}"
    return lambda: Item(words, url, name=name, icon_name=icon, order=order, needs=needs)
