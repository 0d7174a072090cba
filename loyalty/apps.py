"""Django's handle on the loyalty app."""

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    """The loyalty app; shows purchases and vouchers on the member's timeline."""

    name = "loyalty"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with the registries of the app below."""
        # State changes are explicit calls; this is about tables, not rows.
        from django.db.models.signals import post_migrate  # noqa: TID251

        from loyalty import (
            audit,
            bonuses,
            closed_months_trigger,
            holdings,
            invariants,
            reward_audit,
        )
        from loyalty.earning import register_tier_lookup
        from loyalty.earning.past_tiers import tier_keys
        from loyalty.member_section import section
        from loyalty.statement import timeline_items
        from profiles import member_page, personal_data, timeline
        from profiles.signals import answered, member_joined

        post_migrate.connect(invariants.install_after_migrate, sender=self)
        post_migrate.connect(closed_months_trigger.install_after_migrate, sender=self)
        register_tier_lookup(tier_keys)
        audit.register("rewards and friends", reward_audit.differences)
        timeline.register("loyalty", timeline_items)
        personal_data.register(holdings.HOLDINGS)
        member_page.register("loyalty", section)
        member_joined.connect(bonuses.pay_for_joining, dispatch_uid="loyalty.bonuses.joining")
        answered.connect(bonuses.pay_for_answer, dispatch_uid="loyalty.bonuses.answer")
