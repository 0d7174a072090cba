"""Django's handle on the deployment itself."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Loads the Celery application with Django, so that tasks find their broker."""

    name = "config"

    def ready(self) -> None:
        """Make the Celery application the current one of this process."""
        from config.celery import app

        app.set_default()
