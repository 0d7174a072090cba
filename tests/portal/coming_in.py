"""A browser in which a member is signed in."""

from django.test import Client

from profiles import sign_ins
from profiles.models import Member

BACKEND = "django.contrib.auth.backends.ModelBackend"


def as_member(member: Member) -> Client:
    """Signed in without the code's mail; tests/portal/test_sign_in.py goes the whole way."""
    browser = Client()
    browser.force_login(sign_ins.sign_in_of(member), backend=BACKEND)
    return browser
