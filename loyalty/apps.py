"""Django's handle on the loyalty app."""

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    """The loyalty app."""

    name = "loyalty"
    default_auto_field = "django.db.models.BigAutoField"
