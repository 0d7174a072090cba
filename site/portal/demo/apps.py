"""Django's handle on the demo club."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo's one table and its two commands."""

    name = "portal.demo"
    label = "demo_club"
    default_auto_field = "django.db.models.BigAutoField"
