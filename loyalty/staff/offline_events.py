"""What tills did while they were offline, and what became of it."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.translation import gettext_lazy

from loyalty.models import OfflineEvent
from loyalty.staff import may
from loyalty.staff.screens import BrandScreen

PER_PAGE = 50


class Offline(BrandScreen):
    """What tills did alone, and what became of it; nothing of who it was."""

    page_title = gettext_lazy("Offline tills")
    header_icon = "history"
    permissions = (may.LOOK_AT_OFFLINE,)
    template_name = "loyalty/staff/offline.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The events, the latest first, of a state if one is chosen."""
        rows = OfflineEvent.objects.filter(till__brand=self.brand).select_related("till__store")
        state = self.request.GET.get("state", "")
        if state in OfflineEvent.State.values:
            rows = rows.filter(state=state)
        page = Paginator(rows.order_by("-received_at", "-pk"), PER_PAGE)
        context: dict[str, Any] = super().get_context_data(
            page=page.get_page(self.request.GET.get("p")),
            states=OfflineEvent.State.choices,
            state=state,
            **kwargs,
        )
        return context
