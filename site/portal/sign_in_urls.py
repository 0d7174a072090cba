"""Signing in and out: allauth's views under our addresses, by the names that allauth looks for."""

from typing import Any

from allauth.account import views
from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from portal.views import signing_in

TWO_FACTOR = "/staff/two-factor/"
# What staff may open before they have a second factor.
WITHOUT_SECOND_FACTOR = (TWO_FACTOR, "/staff/login/", "/staff/logout/", "/staff/jsi18n/")
STAFF_SIGN_IN: dict[str, Any] = {"template_name": "profiles/staff/sign_in.html"}

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", signing_in.request_code, name="account_request_login_code"),
    path("sign-in/code/", signing_in.confirm_code, name="account_confirm_login_code"),
    path("sign-out/", signing_in.sign_out, name="account_logout"),
    path("staff/login/", views.LoginView.as_view(**STAFF_SIGN_IN), name="account_login"),
    path("staff/inactive/", views.account_inactive, name="account_inactive"),
    path("staff/two-factor/", include("allauth.mfa.urls")),
    path("staff/two-factor/again/", signing_in.staff_again, name="account_reauthenticate"),
]
