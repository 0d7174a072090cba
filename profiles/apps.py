"""Django's handle on the profiles app."""

from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    """The profiles app."""

    name = "profiles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what this app keeps of a member, before the apps above do."""
        from profiles import holdings, personal_data

        personal_data.register(holdings.HOLDINGS)
