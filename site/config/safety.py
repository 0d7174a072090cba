"""A production club refuses to start with settings that are only fit for a demo."""

from django.core.exceptions import ImproperlyConfigured

SHORTEST_KEY = 50  # characters, as Django's own deployment check asks


def refuse_unsafe(
    *,
    debug: bool,
    secret_key: str,
    allowed_hosts: list[str],
    webhook_unguarded: bool,
    demo: bool,
    base_url: str,
) -> None:
    """Raise ``ImproperlyConfigured`` naming every unsafe setting at once."""
    faults = {
        "DEBUG must be off": debug,
        "SECRET_KEY must be set to at least 50 random characters": len(secret_key) < SHORTEST_KEY,
        "ALLOWED_HOSTS must name the hosts served": not allowed_hosts or "*" in allowed_hosts,
        "SENDGRID_WEBHOOK_VERIFICATION_KEY must be set when SendGrid sends": webhook_unguarded,
        "REGULARS_DEMO must be off": demo,
        "REGULARS_BASE_URL must start with https://": not base_url.startswith("https://"),
    }
    found = [fault for fault, present in faults.items() if present]
    if found:
        raise ImproperlyConfigured("Refusing to start in production: " + "; ".join(found) + ".")
