"""All settings, driven by the environment (see ``docs/`` for the list of variables).

Without any variable this is the embedded club: SQLite, a broker in files and an outbox in files,
all under ``var/``. ``REGULARS_ENV=production`` turns on transport security and refuses to start
with unsafe values.
"""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from config.broker import broker_options, prepare_broker_folders
from config.content_security import PORTAL_POLICY
from config.databases import cache_settings, database_settings
from config.logs import logging_settings
from config.mail import mail_settings
from config.safety import refuse_unsafe
from config.schedule import schedule
from config.secret_key import embedded_secret_key
from config.sign_in import sign_in_settings

env = environ.Env()


def not_negative(name: str, read: Any) -> Any:
    """Read a number that is 0 or more. Raises ImproperlyConfigured."""
    value = read(name, default=0)
    if not value >= 0:
        raise ImproperlyConfigured(f"{name} must be 0 or more, not {value}.")
    return value


BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(env("REGULARS_VAR", default=str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

# The installation

PRODUCTION = env("REGULARS_ENV", default="embedded") == "production"
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="") or ("" if PRODUCTION else embedded_secret_key(VAR_DIR))
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "profiles.User"

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "portal.demo",
    "portal",
    "campaigns",
    "loyalty",
    "profiles",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.locales",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "anymail",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.content_security.ContentSecurityMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.two_factor.StaffTwoFactorMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
                "csp.context_processors.nonce",
                "portal.brand_of.brand_context",
            ],
        },
    },
]

# Where things are kept

DATABASES = {"default": database_settings(env, VAR_DIR)}
CACHES = {"default": cache_settings(env)}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [path for path in [BASE_DIR / "static"] if path.is_dir()]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
# Embedded: files straight from the apps. Production: hashed names, after `collectstatic`.
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# Languages and time

LANGUAGE_CODE = "en"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("es", "Español")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Regulars

REGULARS_BASE_URL = env("REGULARS_BASE_URL", default="http://localhost:8000").rstrip("/")
# Keys the hashes of suppressed addresses; changing it would release every suppression.
REGULARS_ADDRESS_KEY = env("REGULARS_ADDRESS_KEY", default=SECRET_KEY)
REGULARS_DEMO = env.bool("REGULARS_DEMO", default=False)
REGULARS_TRANSPORT = env("REGULARS_TRANSPORT", default="files")  # files | smtp | esp
REGULARS_OUTBOX = Path(env("REGULARS_OUTBOX", default=str(VAR_DIR / "outbox")))
REGULARS_SMTP_URL = env("REGULARS_SMTP_URL", default="smtp://localhost:25")
REGULARS_PAST_DUE_MINUTES = env.int("REGULARS_PAST_DUE_MINUTES", default=60)
REGULARS_LEASE_SECONDS = env.int("REGULARS_LEASE_SECONDS", default=60)
REGULARS_BATCH_SIZE = env.int("REGULARS_BATCH_SIZE", default=1000)  # and a second's worth at most
REGULARS_JOURNALS = Path(env("REGULARS_JOURNALS", default=str(VAR_DIR / "journals")))
REGULARS_RATE_PER_SECOND = not_negative("REGULARS_RATE_PER_SECOND", env.float)  # 0: no overall rate
REGULARS_CONNECTIONS = not_negative("REGULARS_CONNECTIONS", env.int)  # 0: as many as workers

# Mail: campaigns go through campaigns.transports, these serve single mails such as the opt-in

SENDGRID_API_KEY = env("SENDGRID_API_KEY", default="")
SENDGRID_WEBHOOK_VERIFICATION_KEY = env("SENDGRID_WEBHOOK_VERIFICATION_KEY", default="")
REGULARS_ESP_BACKEND = env("REGULARS_ESP_BACKEND", default="anymail.backends.sendgrid.EmailBackend")
# Any other provider: its Anymail settings as one JSON object.
ANYMAIL: dict[str, Any] = {
    "REQUESTS_TIMEOUT": (5, 30),
    "SENDGRID_API_KEY": SENDGRID_API_KEY,
    "SENDGRID_WEBHOOK_VERIFICATION_KEY": SENDGRID_WEBHOOK_VERIFICATION_KEY,
    **env.json("ANYMAIL", default={}),
}
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Regulars <club@regulars.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
globals().update(mail_settings(env, REGULARS_TRANSPORT, REGULARS_SMTP_URL, REGULARS_ESP_BACKEND))
# Anymail no longer tests SendGrid against the live service; our contract tests do its part.
SILENCED_SYSTEM_CHECKS = ["anymail.W003"]

# Celery

CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="filesystem://")
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(CELERY_BROKER_URL, VAR_DIR)
prepare_broker_folders(CELERY_BROKER_TRANSPORT_OPTIONS)
CELERY_BROKER_CONNECTION_TIMEOUT = 3
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
# Late acknowledgement alone drops the task of a child that was killed.
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300  # seconds; must stay below the broker's visibility timeout
CELERY_TASK_SOFT_TIME_LIMIT = 240
# A hint that cannot be published is repeated by the next tick: never hold up a page for it.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = {
    name: {"exchange": name, "routing_key": name} for name in ["mailing", "responses", "default"]
}
CELERY_TASK_ROUTES = {
    "campaigns.tasks.drain": {"queue": "mailing"},
    "campaigns.tasks.process_events": {"queue": "responses"},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULER = "config.beat:SteadyScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1  # seconds
CELERY_BEAT_SCHEDULE = schedule()

# Security

CSRF_FAILURE_VIEW = "portal.views.dressing.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000) if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
# Only behind a proxy that always sets this header itself.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
)
X_FRAME_OPTIONS = "DENY"  # Wagtail marks its previews; browsers follow frame-ancestors first
CONTENT_SECURITY_POLICY = {"DIRECTIVES": PORTAL_POLICY}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in [
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    ]
]

# Signing in

REGULARS_TWO_FACTOR = env.bool("REGULARS_TWO_FACTOR", default=not REGULARS_DEMO)
globals().update(sign_in_settings(production=PRODUCTION))

# Wagtail

WAGTAIL_SITE_NAME = "Regulars"
WAGTAILADMIN_BASE_URL = REGULARS_BASE_URL
WAGTAIL_I18N_ENABLED = True
WAGTAIL_GRAVATAR_PROVIDER_URL = None  # no staff address leaves the house
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILDOCS_SERVE_METHOD = "serve_view"

# Logs

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_settings(as_json=PRODUCTION, level=env("LOG_LEVEL", default="INFO"))

if PRODUCTION:
    refuse_unsafe(
        debug=DEBUG,
        secret_key=SECRET_KEY,
        allowed_hosts=ALLOWED_HOSTS,
        webhook_unguarded=(
            REGULARS_TRANSPORT == "esp"
            and "sendgrid" in REGULARS_ESP_BACKEND
            and not SENDGRID_WEBHOOK_VERIFICATION_KEY
        ),
        demo=REGULARS_DEMO,
        base_url=REGULARS_BASE_URL,
    )
