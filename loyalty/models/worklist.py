"""What tills reported that somebody has to look at."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.models.ledger import Entry
from loyalty.models.purchases import Purchase
from profiles.models import Account, Brand


class WorklistItem(models.Model):
    """Something that happened at a counter and should not have; open until somebody closes it.

    ``facts`` are figures and reasons, never who somebody is: that is found through the account.
    """

    class Kind(models.TextChoices):
        OVERDRAFT = "overdraft", _("More points redeemed than there were")
        VOUCHER_OVER_LIMIT = "voucher_over_limit", _("Voucher used too often")
        UNKNOWN_CARD = "unknown_card", _("Unknown card")
        BLOCKED_CARD = "blocked_card", _("Blocked card")
        RETURN_WITHOUT_PURCHASE = "return_without_purchase", _("Return without its purchase")
        MORE_RETURNED = "more_returned_than_bought", _("More returned than bought")
        DUPLICATE_RECEIPT = "duplicate_receipt", _("Receipt credited and reported")
        CLOCK_SKEW = "clock_skew", _("The clock of the till is wrong")
        OTHER = "other", _("Something else")

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="worklist")
    kind = models.CharField(max_length=25, choices=Kind.choices)
    source = models.CharField(max_length=20)
    key = models.CharField(max_length=80)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="worklist"
    )
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, null=True, blank=True, related_name="worklist"
    )
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="worklist"
    )
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="worklist_item_once"),
            models.CheckConstraint(
                condition=models.Q(done_at=None, done_by=None)
                | models.Q(done_at__isnull=False, done_by__isnull=False),
                name="worklist_item_done_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=[
                        "overdraft",
                        "voucher_over_limit",
                        "unknown_card",
                        "blocked_card",
                        "return_without_purchase",
                        "more_returned_than_bought",
                        "duplicate_receipt",
                        "clock_skew",
                        "other",
                    ]
                ),
                name="worklist_kind_known",
            ),
        ]
        indexes = [
            # the worklist of the staff site
            models.Index(
                fields=["brand", "opened_at"],
                condition=models.Q(done_at=None),
                name="worklist_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
