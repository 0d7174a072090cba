"""Brands, under whose name a club speaks, and their stores."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from profiles.time_zones import validate_time_zone

COLOUR = RegexValidator(r"^#[0-9A-Fa-f]{6}$", _("Write a colour as #RRGGBB."))


class Brand(models.Model):
    """The name under which a club speaks: sender, look, zone, language."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)
    strapline = models.CharField(max_length=160, blank=True)
    sender_name = models.CharField(max_length=80)
    sender_email = models.EmailField()
    reply_to = models.EmailField(blank=True)
    postal_address = models.CharField(max_length=200, help_text=_("Shown in every mail's footer."))
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    default_language = models.CharField(max_length=12, default="en")
    currency = models.CharField(max_length=3, default="EUR")
    paper = models.CharField(max_length=7, default="#FBF7F0", validators=[COLOUR])
    ink = models.CharField(max_length=7, default="#22201C", validators=[COLOUR])
    accent = models.CharField(max_length=7, default="#C8452B", validators=[COLOUR])
    support = models.CharField(max_length=7, default="#5D6B3A", validators=[COLOUR])
    line = models.CharField(max_length=7, default="#E5DCCB", validators=[COLOUR])

    def __str__(self) -> str:
        return self.name


class Store(models.Model):
    """A shop of the brand, known to tills by its code."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="stores")
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "code"], name="store_code_once_per_brand"),
        ]

    def __str__(self) -> str:
        return self.name
