"""Django's handle on the campaigns app."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """The campaigns app."""

    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to news from loyalty, and add this app's part of the member page."""
        from campaigns import attribution, history
        from loyalty.signals import voucher_redeemed
        from profiles import member_page, timeline

        voucher_redeemed.connect(attribution.attribute, dispatch_uid="campaigns.attribution")
        timeline.register("campaigns", history.timeline_items)
        member_page.register("campaigns", history.section)
