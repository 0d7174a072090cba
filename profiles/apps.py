"""Django's handle on the profiles app."""

from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    """The profiles app."""

    name = "profiles"
    default_auto_field = "django.db.models.BigAutoField"
