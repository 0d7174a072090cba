"""How allauth signs people in here: members by a mailed code, staff by password and second factor.

Nobody signs up this way, addresses stay in ``Member`` alone, and whether an address is known shows
nowhere.
"""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import RequestLoginCodeForm
from allauth.core import context, ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.privacy import address_of
from profiles import sign_ins
from profiles.models import User

CODE_MAIL = "account/email/login_code"
MEMBERS_STAY, STAFF_STAY = timedelta(days=30), timedelta(hours=12)


def is_staff(user: Any) -> bool:
    """Whether this sign-in opens the staff site."""
    return bool(user.has_perm("wagtailadmin.access_admin"))


class SignInForm(RequestLoginCodeForm):
    """An address; the answer is the same whether or not it is a member's."""

    def clean_email(self) -> str:
        """Find the member behind the address, unless too many codes were asked for."""
        email: str = self.cleaned_data["email"]
        self._user = None
        request = context.request
        if not ratelimit.consume(request, action="request_login_code", key=email.lower()):
            raise self.adapter_error("too_many_login_attempts")
        member = sign_ins.find(email)
        if member and sign_ins.may_ask(member):
            user = sign_ins.sign_in_of(member)
            # Whoever has a password has a second factor, too: a mail alone must not do.
            self._user = None if user.has_usable_password() or is_staff(user) else user
        return email

    @staticmethod
    def adapter_error(code: str) -> Exception:
        """The validation error in allauth's words."""
        error: Exception = AccountAdapter().validation_error(code)
        return error


class AccountAdapter(DefaultAccountAdapter):
    """Codes go through the queue of mails; members come to their card, staff to their site."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("That was often. Please wait a few minutes, then try again."),
        "incorrect_code": _("This is not the code. Please look again."),
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Joining is the way in."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail with a code; allauth has no other mail to send here."""
        member = sign_ins.find(email)
        if template_prefix == CODE_MAIL and member:
            sign_ins.queue_code(member, context["code"])

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The card, or the staff site."""
        if is_staff(request.user):
            return reverse("wagtailadmin_home")
        return reverse("portal:card", args=["me"])

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in, for as long as suits the kind of sign-in."""
        super().login(request, user)
        request.session.set_expiry(STAFF_STAY if is_staff(user) else MEMBERS_STAY)

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Ask for the password again, save for the first second factor, which follows it."""
        required: bool = super().is_reauthentication_required(app=app, **options)
        user = context.request.user
        return required and Authenticator.objects.filter(user_id=user.pk).exists()

    def get_client_ip(self, request: HttpRequest) -> str:
        """Who asks, as the rest of the site sees it."""
        return address_of(request)

    def add_message(self, *arguments: Any, **options: Any) -> None:
        """Say nothing: the pages themselves say what happened."""


class MFAAdapter(DefaultMFAAdapter):
    """A second factor is for staff; a member's passkey stands in for the code, not beside it."""

    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        """Whether a second factor is asked for after the password."""
        enabled: bool = super().is_mfa_enabled(user, types)
        return enabled and isinstance(user, User) and user.has_usable_password()
