"""Which brand speaks on a Wagtail site."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting

from profiles.models import Brand


@register_setting(icon="home")
class ClubSettings(BaseSiteSetting):
    """The brand of a site: its name, colours, topics and questions are shown there."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        verbose_name = _("Club")

    def __str__(self) -> str:
        return str(self.brand or _("No brand yet"))
