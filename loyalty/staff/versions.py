"""Versions of a rule: their history beside the form, and the next one as a copy to be changed."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import Panel
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import CopyView, EditView
from wagtail.admin.widgets.button import Button, HeaderButton

from loyalty.models import BonusRule, EarnRule, ReferralRule
from profiles.time_zones import zone_named

Version = EarnRule | BonusRule | ReferralRule


def versions(rule: Version) -> models.QuerySet[Any]:
    """All versions of the rule, the youngest first."""
    same = {"family": rule.family} if not isinstance(rule, ReferralRule) else {}
    return type(rule)._default_manager.filter(brand=rule.brand_id, **same).order_by("-valid_from")


def state(rule: Version) -> str:
    """Whether the version counts now, and if not, why: of a family the youngest begun decides."""
    now = timezone.now()
    if rule.valid_from > now:
        return str(_("Planned"))
    if rule.valid_until and rule.valid_until <= now:
        return str(_("Ended"))
    younger = versions(rule).filter(valid_from__gt=rule.valid_from, valid_from__lte=now)
    return str(_("Replaced") if younger.exists() else _("In force"))


def state_column() -> Column:
    """The state, for a list of versions."""
    return Column("state", label=_("State"), accessor=state)


def edit_url(rule: Version) -> str:
    """The page of a version."""
    return reverse(f"{rule._meta.model_name}:edit", args=[rule.pk])


class VersionsPanel(Panel):
    """The versions of the rule, with the span of each."""

    class BoundPanel(Panel.BoundPanel):
        """The list, once the rule exists."""

        template_name = "loyalty/staff/versions.html"

        def is_shown(self) -> bool:
            """Only where there is something to list."""
            return bool(self.instance.brand_id)

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Every version, and which one this is."""
            context: dict[str, Any] = super().get_context_data(parent_context)
            context["versions"] = list(_lines(versions(self.instance), self.instance.pk))
            return context


def _lines(found: Iterable[Version], here: int | None) -> Iterable[dict[str, Any]]:
    for rule in found:
        yield {
            "rule": rule,
            "url": edit_url(rule),
            "state": state(rule),
            "is_this": rule.pk == here,
        }


class NewVersionView(CopyView):
    """The next version: what the last one says, from tomorrow on."""

    page_title = _("New version of")
    success_message = _("The new version “%(object)s” was saved.")

    def get_initial_form_instance(self) -> Any:
        """A copy that begins with the brand's next day and has no end."""
        rule = self.get_object()
        zone = zone_named(rule.brand.time_zone)
        tomorrow = timezone.now().astimezone(zone) + timedelta(days=1)
        rule.valid_from = tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
        rule.pk, rule.valid_until, rule._state.adding = None, None, True
        return rule


class VersionEditView(EditView):
    """A version, with the way to the next one."""

    @cached_property
    def header_buttons(self) -> list[Button]:
        """New version, for those who may make one."""
        url = self.get_copy_url()
        return [HeaderButton(_("New version"), url, icon_name="copy")] if url else []

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """What Wagtail offers besides, without its copy."""
        copy = self.get_copy_url()
        return [button for button in super().header_more_buttons if button.url != copy]
