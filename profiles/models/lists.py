"""Lists of members that someone brought along as a file."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from profiles.models.brands import Brand
from profiles.models.members import Member


class MemberList(models.Model):
    """A named list, for instance the guests of a tasting; a segment may use it."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="member_lists")
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "name"], name="list_name_once")]

    def __str__(self) -> str:
        return self.name


class MemberListEntry(models.Model):
    """A member's place on a list."""

    member_list = models.ForeignKey(MemberList, on_delete=models.CASCADE, related_name="entries")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="list_entries")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member_list", "member"], name="list_entry_once"),
        ]

    def __str__(self) -> str:
        return f"list entry {self.pk}"


class ImportJob(models.Model):
    """One imported file: what it brought and which lines were refused, with the reason."""

    class Kind(models.TextChoices):
        MEMBERS = "members", "Members"
        LIST = "list", "List"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    file_name = models.CharField(max_length=200)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    rejects = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.file_name
