"""Which Django backend carries single mails: opt-in, sign-in, staff notices."""

from typing import Any

import environ

FILES_BACKEND = "config.eml_files.EmailBackend"


def mail_settings(
    env: environ.Env, transport: str, smtp_url: str, esp_backend: str
) -> dict[str, Any]:
    """Return Django's ``EMAIL_*`` settings for the transport that campaigns use as well."""
    if transport == "smtp":
        smtp: dict[str, Any] = env.email_url_config(smtp_url)
        return {name: value for name, value in smtp.items() if name.startswith("EMAIL_")}
    return {"EMAIL_BACKEND": esp_backend if transport == "esp" else FILES_BACKEND}
