"""Django's handle on the loyalty app."""

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    """The loyalty app; shows purchases and vouchers on the member's timeline."""

    name = "loyalty"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with the registries of the app below."""
        from loyalty.member_section import section
        from loyalty.statement import timeline_items
        from profiles import member_page, timeline

        timeline.register("loyalty", timeline_items)
        member_page.register("loyalty", section)
