"""What the screens about points share: which brand they are about."""

from typing import Any

from django.http import Http404
from django.utils.functional import cached_property

from profiles.models import Brand
from profiles.views.screens import LONGEST_WHY, Screen, WhyForm

__all__ = ["LONGEST_WHY", "BrandScreen", "Screen", "WhyForm"]


class BrandScreen(Screen):
    """A page about the brand that ``?brand=`` names; without it, the first one."""

    @cached_property
    def brands(self) -> list[Brand]:
        """All there are, to choose from."""
        return list(Brand.objects.order_by("name", "pk"))

    @cached_property
    def brand(self) -> Brand:
        """The one that is meant."""
        wanted = self.request.GET.get("brand") or self.request.POST.get("brand")
        for brand in self.brands:
            if not wanted or str(brand.pk) == wanted:
                return brand
        raise Http404

    def get_page_subtitle(self) -> str:
        """Which brand, where there are several."""
        return str(self.brand) if len(self.brands) > 1 else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The brand, and the others."""
        context: dict[str, Any] = super().get_context_data(
            brand=self.brand, brands=self.brands, **kwargs
        )
        return context
