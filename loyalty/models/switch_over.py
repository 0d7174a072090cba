"""Taking a club over from another system: its files, row by row, until two people sign it off."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.models.ledger import Entry
from profiles.models import Account, Brand


class SwitchOver(models.Model):
    """One go at a switch: a rehearsal, which is undone as a whole, or the one that is signed off.

    ``at`` is the moment as of which the other system's balances are. ``figures`` are the control
    totals that both sides had when it was signed off.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        UNDONE = "undone", _("Undone")
        SIGNED_OFF = "signed_off", _("Signed off")

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="switch_overs")
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    started_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    figures = models.JSONField(default=dict)

    class Meta:
        permissions = [("sign_switch_over", "Can sign a switch-over off")]
        constraints = [
            models.UniqueConstraint(
                fields=["brand"], condition=models.Q(state="open"), name="switch_over_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "undone", "signed_off"]),
                name="switch_over_state_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="signed_off")
                | (
                    models.Q(signed_by__isnull=False, second__isnull=False)
                    & ~models.Q(signed_by=models.F("second"))
                ),
                name="switch_over_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} {self.at:%Y-%m-%d}"


class SwitchFile(models.Model):
    """A file that was loaded, and what became of its rows."""

    class Kind(models.TextChoices):
        LOTS = "lots", _("Points")
        TIERS = "tiers", _("Tiers")
        VOUCHERS = "vouchers", _("Vouchers")
        PURCHASES = "purchases", _("Purchases")

    switch = models.ForeignKey(SwitchOver, on_delete=models.PROTECT, related_name="files")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    name = models.CharField(max_length=200)
    loaded_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["lots", "tiers", "vouchers", "purchases"]),
                name="switch_file_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SwitchRow(models.Model):
    """A row of the other system as we took it over; its key stays the same in every file.

    ``amount`` is what the last file said: points, a counter, or 1. ``label`` is what control
    totals are taken by, with ``amount``: a tier's key, a voucher's state. ``version`` counts the
    bookings that it took to get there; ``entry`` is the first, which holds the lot.
    """

    switch = models.ForeignKey(SwitchOver, on_delete=models.PROTECT, related_name="rows")
    kind = models.CharField(max_length=9, choices=SwitchFile.Kind.choices)
    key = models.CharField(max_length=100)
    last_file = models.ForeignKey(SwitchFile, on_delete=models.PROTECT, related_name="rows")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    amount = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True)
    label = models.CharField(max_length=60, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["switch", "kind", "key"], name="switch_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
