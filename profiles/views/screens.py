"""What the staff's own screens share: who may look, what is on record, the way back."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from profiles.models import User

LONGEST_WHY = 200


class WhyForm(forms.Form):
    """What a person who acts must say, for those who come after."""

    why = forms.CharField(
        label=_("Why"),
        max_length=LONGEST_WHY,
        help_text=_("It stays on record with your name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class Screen(WagtailAdminTemplateMixin, View):
    """A page for those who hold all of ``permissions``."""

    header_icon = "tag"
    permissions: tuple[str, ...] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse whoever may not look; Wagtail turns that into a message."""
        if not self.permissions or not request.user.has_perms(self.permissions):
            raise PermissionDenied
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Show the page."""
        return self.shown()

    def shown(self, **context: Any) -> HttpResponse:
        """The page with this context, never kept by anyone's cache."""
        answer: HttpResponse = self.render_to_response(self.get_context_data(**context))
        answer["Cache-Control"] = "private, no-store"
        return answer

    @property
    def who(self) -> User:
        """Who is looking or acting."""
        user = self.request.user
        if not isinstance(user, User):
            raise PermissionDenied
        return user

    def crumbs(self) -> list[tuple[str, str]]:
        """Address and words of what stands between the first page and this one."""
        return []

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Home, what is above, and where one is."""
        items = [{"url": url, "label": label} for url, label in self.crumbs()]
        last = {"url": "", "label": self.get_page_title(), "sublabel": self.get_page_subtitle()}
        return [*super().get_breadcrumbs_items(), *items, last]
