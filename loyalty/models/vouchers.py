"""Vouchers: pools of codes, and the codes that promise an offer."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.models.offers import Offer
from profiles.models import Member


class VoucherPool(models.Model):
    """Codes of an offer made or imported ahead, to be assigned to members one by one.

    The codes of a bearer pool belong to nobody: whoever shows one uses it.
    """

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="pools")
    name = models.CharField(max_length=80)
    is_bearer = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("pool of codes")
        verbose_name_plural = _("pools of codes")
        constraints = [
            models.UniqueConstraint(fields=["offer", "name"], name="voucher_pool_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Voucher(models.Model):
    """A unique code that gives an offer: to its member, or, out of a pool, to nobody yet.

    A campaign gives a member one voucher of an offer; rewards, pools and the service desk may
    give more. ``source`` and ``issue_key`` name the request that issued it, where there was one.
    """

    class Origin(models.TextChoices):
        CAMPAIGN = "campaign", _("Campaign")
        SINGLE = "single", _("Issued to one member")
        POOL = "pool", _("Pool of codes")
        REISSUE = "reissue", _("Replacement")

    class VoidReason(models.TextChoices):
        RELEASED = "released", _("Not needed")
        REISSUED = "reissued", _("Replaced by another")
        CANCELLED = "cancelled", _("Cancelled")
        FRAUD = "fraud", _("Misuse")

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="vouchers")
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="vouchers"
    )
    pool = models.ForeignKey(
        VoucherPool, on_delete=models.PROTECT, null=True, blank=True, related_name="vouchers"
    )
    code = models.CharField(max_length=24, unique=True)
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.CAMPAIGN)
    source = models.CharField(max_length=20, blank=True)
    issue_key = models.CharField(max_length=80, blank=True)
    uses = models.PositiveSmallIntegerField(default=0)
    max_uses = models.PositiveSmallIntegerField(default=1)
    issued_at = models.DateTimeField(default=timezone.now)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    valid_until = models.DateTimeField(
        null=True, blank=True, help_text=_("Its own end; without one, that of the offer.")
    )
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=9, choices=VoidReason.choices, blank=True)
    void_note = models.CharField(max_length=200, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "member"],
                condition=Q(origin="campaign"),
                name="voucher_once_per_member",
            ),
            models.UniqueConstraint(
                fields=["source", "issue_key"],
                condition=~Q(issue_key=""),
                name="voucher_issued_once",
            ),
            models.CheckConstraint(
                condition=Q(uses__lte=F("max_uses")), name="voucher_within_its_uses"
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=False) | Q(pool__isnull=False),
                name="voucher_of_a_member_or_pool",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["campaign", "single", "pool", "reissue"]),
                name="voucher_origin_known",
            ),
            models.CheckConstraint(
                condition=Q(void_reason="") | Q(voided_at__isnull=False),
                name="voucher_void_since_a_moment",
            ),
        ]
        indexes = [
            # the member's wallet page and the facts of a delivery
            models.Index(fields=["member", "offer"], name="voucher_by_member"),
            # loyalty.voucher_pools takes the next code of a pool
            models.Index(
                fields=["pool", "id"],
                condition=Q(member=None, voided_at=None),
                name="voucher_to_assign",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def ends_at(self) -> datetime:
        """Until when it can be used: its own end, else that of its offer."""
        return self.valid_until or self.offer.valid_until
