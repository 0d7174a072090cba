"""Settings of signing in: members by a mailed code, staff by password and second factor."""

from typing import Any


def sign_in_settings(*, production: bool) -> dict[str, Any]:
    """Return the settings of Django, Wagtail and allauth about signing in."""
    return {
        "AUTHENTICATION_BACKENDS": [
            "django.contrib.auth.backends.ModelBackend",
            "allauth.account.auth_backends.AuthenticationBackend",
        ],
        "LOGIN_URL": "account_login",  # of staff; members sign in by a code
        "WAGTAILADMIN_LOGIN_URL": "account_login",
        "WAGTAIL_FRONTEND_LOGIN_URL": "/sign-in/",
        "ACCOUNT_ADAPTER": "portal.sign_in.AccountAdapter",
        "ACCOUNT_FORMS": {"request_login_code": "portal.sign_in.SignInForm"},
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False,
        "ACCOUNT_LOGIN_BY_CODE_ENABLED": True,
        "ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND": 2,  # times
        "ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS": 3,
        "ACCOUNT_LOGIN_BY_CODE_TIMEOUT": 15 * 60,  # seconds, as the mail says
        "ACCOUNT_LOGIN_BY_CODE_FORMAT": {"numeric": True, "dashed": False, "length": 6},
        "ACCOUNT_LOGOUT_REDIRECT_URL": "/",
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": 15 * 60,  # seconds
        "ACCOUNT_RATE_LIMITS": {
            "request_login_code": "30/m/ip,10/h/key",
            "login_failed": "30/m/ip,5/5m/key",
        },
        "MFA_ADAPTER": "portal.sign_in.MFAAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_TOTP_ISSUER": "Regulars",
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": not production,  # http://localhost
    }
