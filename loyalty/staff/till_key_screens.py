"""Keys of tills and shops: which there are, making one that is shown once, revoking one."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.widgets.button import HeaderButton

from loyalty import till_keys
from loyalty.models import TillKey, TillScope
from loyalty.staff import may
from loyalty.staff.screens import BrandScreen, Screen
from loyalty.staff.urls import here
from profiles.models import Brand, Store


class TillKeys(BrandScreen):
    """All keys of a brand: those that open something first, then the revoked ones."""

    page_title = gettext_lazy("Till keys")
    header_icon = "key"
    permissions = (may.LOOK_AT_TILL_KEYS,)
    template_name = "loyalty/staff/till_keys.html"

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """Make one, for those who may."""
        if not self.request.user.has_perm(may.MAKE_TILL_KEYS):
            return []
        url = f"{here('till_key_add')}?brand={self.brand.pk}"
        return [HeaderButton(_("New key"), url=url, icon_name="plus")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The keys, with what each opens in words."""
        words = dict(TillScope.choices)
        keys = TillKey.objects.filter(brand=self.brand).select_related("store")
        rows = [(key, [words.get(scope, scope) for scope in key.scopes]) for key in _sorted(keys)]
        context: dict[str, Any] = super().get_context_data(
            rows=rows, may_revoke=self.request.user.has_perm(may.REVOKE_TILL_KEYS), **kwargs
        )
        return context


class KeyForm(forms.Form):
    """Under which name a till reports, where it stands and what it may do."""

    source = forms.SlugField(
        label=gettext_lazy("Name"),
        max_length=20,
        help_text=gettext_lazy(
            "What this till reports is kept under this name for ever; no other key can have it."
        ),
    )
    store = forms.ModelChoiceField(
        label=gettext_lazy("Store"),
        queryset=Store.objects.none(),
        required=False,
        empty_label=gettext_lazy("None: it names a store with each call"),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"),
        choices=TillScope.choices,
        initial=TillScope.values,
        widget=forms.CheckboxSelectMultiple,
    )
    calls_per_minute = forms.IntegerField(
        label=gettext_lazy("Calls a minute"), min_value=1, max_value=1_000_000, initial=1_200
    )

    def __init__(self, brand: Brand, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = Store.objects.filter(brand=brand)  # type: ignore[attr-defined]

    def clean_source(self) -> str:
        """A name that no key has, also no revoked one."""
        source: str = self.cleaned_data["source"]
        if source in till_keys.RESERVED:
            raise forms.ValidationError(_("The club itself books under this name."))
        if TillKey.objects.filter(source=source).exists():
            raise forms.ValidationError(_("Another key has this name."))
        return source


class AddKey(BrandScreen):
    """Makes a key. The answer to the form is the only page that ever shows it."""

    page_title = gettext_lazy("New till key")
    header_icon = "key"
    permissions = (may.LOOK_AT_TILL_KEYS, may.MAKE_TILL_KEYS)
    template_name = "loyalty/staff/till_key_add.html"

    def crumbs(self) -> list[tuple[str, str]]:
        """All keys."""
        return [(here("till_keys"), str(TillKeys.page_title))]

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Ask."""
        return self.shown(form=KeyForm(self.brand))

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Make it, and show it this once."""
        form = KeyForm(self.brand, request.POST)
        if not form.is_valid():
            return self.shown(form=form)
        data = dict(form.cleaned_data)
        try:
            with transaction.atomic():
                key, plain = till_keys.create(self.brand, **data)
        except IntegrityError:
            form.add_error("source", _("Another key has this name."))
            return self.shown(form=form)
        return self.shown(key=key, plain=plain, form=form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The way back."""
        back = f"{here('till_keys')}?brand={self.brand.pk}"
        context: dict[str, Any] = super().get_context_data(back_url=back, **kwargs)
        return context


class RevokeKey(Screen):
    """Asks before a till is shut out."""

    page_title = gettext_lazy("Revoke a till key")
    header_icon = "key"
    permissions = (may.LOOK_AT_TILL_KEYS, may.REVOKE_TILL_KEYS)
    template_name = "loyalty/staff/ask.html"

    @cached_property
    def key(self) -> TillKey:
        """The key that the address names, unless it was revoked."""
        keys = TillKey.objects.select_related("brand", "store")
        return get_object_or_404(keys, pk=self.kwargs["pk"], revoked_at=None)

    def crumbs(self) -> list[tuple[str, str]]:
        """All keys."""
        return [(here("till_keys"), str(TillKeys.page_title))]

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Ask."""
        return self.shown(form=forms.Form())

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Do it."""
        till_keys.revoke(self.key)
        messages.success(request, _("%(till)s is shut out.") % {"till": self.key.source})
        return redirect(f"{here('till_keys')}?brand={self.key.brand_id}")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What will happen."""
        place = f", {self.key.store}" if self.key.store else ""
        context: dict[str, Any] = super().get_context_data(
            about=f"{self.key.source}{place}",
            effects=[
                _("Its calls are refused from now on."),
                _("What it recorded stays."),
                _("This cannot be undone; the till would need a key with another name."),
            ],
            button=_("Revoke it"),
            is_serious=True,
            back_url=f"{here('till_keys')}?brand={self.key.brand_id}",
            **kwargs,
        )
        return context


def _sorted(keys: Iterable[TillKey]) -> list[TillKey]:
    return sorted(keys, key=lambda key: (key.revoked_at is not None, key.source))
