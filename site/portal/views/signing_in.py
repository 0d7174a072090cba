"""Signing in by a mailed code, and out: allauth's views on the club's pages."""

from allauth.account import views
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.privacy import private

request_code = private(views.RequestLoginCodeView.as_view(template_name="portal/sign_in.html"))
confirm_code = private(views.ConfirmLoginCodeView.as_view(template_name="portal/sign_in_code.html"))
staff_again = views.ReauthenticateView.as_view()


@private
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Ask once, then sign out."""
    response: HttpResponseBase = views.LogoutView.as_view(template_name="portal/sign_out.html")(
        request
    )
    return response
