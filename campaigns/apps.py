"""Django's handle on the campaigns app."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """The campaigns app."""

    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to news from loyalty, and add this app's part of the member page."""
        # State changes are explicit calls; this is about tables, not rows.
        from django.db.models.signals import post_migrate  # noqa: TID251

        from campaigns import attribution, history, holdings, legal_moves
        from campaigns.segments.accounts import accounts_in, names
        from loyalty.earning import register_segment_lookup
        from loyalty.signals import voucher_redeemed
        from loyalty.staff import segments
        from profiles import member_page, personal_data, timeline

        post_migrate.connect(legal_moves.install_after_migrate, sender=self)
        voucher_redeemed.connect(attribution.attribute, dispatch_uid="campaigns.attribution")
        register_segment_lookup(accounts_in)
        segments.register(names)
        timeline.register("campaigns", history.timeline_items)
        personal_data.register(holdings.HOLDINGS)
        member_page.register("campaigns", history.section)
