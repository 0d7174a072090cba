"""Months that were closed: the books of a brand up to a moment, which no entry may enter again."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from profiles.models import Brand


class ClosedMonth(models.Model):
    """A month of a brand's books that is closed; ``until`` is its exclusive end.

    ``figures`` are what was signed off. They can be worked out again from what was recorded by
    ``closed_at``.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="closed_months")
    since = models.DateTimeField()
    until = models.DateTimeField()
    closed_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    figures = models.JSONField(default=dict)

    class Meta:
        permissions = [
            ("view_liability", "Can see the liability in points and money"),
            ("close_month", "Can close a month of the books"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["brand", "until"], name="month_closed_once"),
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("since")), name="month_has_a_span"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} {self.since:%Y-%m}"


class BookEvent(models.TextChoices):
    """What changes the points a club owes, as the month-end tells it."""

    TAKEN_OVER = "taken_over", _("Taken over")
    EARNED = "earned", _("Earned")
    REDEEMED = "redeemed", _("Redeemed")
    EXPIRED = "expired", _("Expired")
    REVERSED_EARNING = "reversed_earning", _("Earnings taken back")
    REVERSED_REDEMPTION = "reversed_redemption", _("Redemptions given back")
    REVERSED_EXPIRY = "reversed_expiry", _("Expired points taken back or given back")
    ADJUSTED = "adjusted", _("Adjusted")
    TRANSFERRED = "transferred", _("Moved between wallets")
    REVALUED = "revalued", _("Worth of a point changed")


class LedgerAccountCode(models.Model):
    """The accounts of the company's general ledger that an event is booked on.

    They are told for an event that makes the club owe more; one that makes it owe less swaps
    them.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="ledger_codes")
    event = models.CharField(max_length=20, choices=BookEvent.choices)
    debit = models.CharField(max_length=20)
    credit = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "event"], name="ledger_code_once"),
            models.CheckConstraint(
                condition=models.Q(event__in=BookEvent.values), name="ledger_code_event_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(debit=models.F("credit")), name="ledger_code_of_two_accounts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.debit} to {self.credit}"
