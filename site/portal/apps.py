"""Django's handle on the portal app."""

import logging

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal app."""

    name = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Compile catalogues that are newer than what gettext would read."""
        from portal.catalogues import compile_stale

        try:
            compile_stale()
        except OSError as error:
            # An installation that may not write: `compile_catalogues` belongs into its build.
            logging.getLogger(__name__).warning("catalogues are not compiled: %s", error)
