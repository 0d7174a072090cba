"""The groups of staff and what each may do; made anew as often as one likes."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

MARKETERS = "Marketers"
APPROVERS = "Approvers"
SERVICE_APPROVERS = "Service approvers"
ANALYSTS = "Analysts"
MEMBER_SERVICE = "Member service"
FINANCE = "Finance"

ACCESS = ["wagtailadmin.access_admin"]
LOOK = [
    "profiles.view_member",
    "profiles.view_topic",
    "profiles.view_store",
    "profiles.view_brand",
    "campaigns.view_campaign",
    "campaigns.view_segment",
    "loyalty.view_offer",
    "loyalty.view_earnrule",
]
AUTHORED = [
    "campaigns.campaign",
    "campaigns.segment",
    "campaigns.sendingrules",
    "campaigns.domainlimit",
    "loyalty.offer",
    "profiles.topic",
    "profiles.question",
    "profiles.questiongroup",
    "profiles.memberlist",
]
WRITE = [
    f"{app}.{action}_{model}"
    for app, model in (name.split(".") for name in AUTHORED)
    for action in ("add", "change", "delete", "view")
]
IMAGES = ["wagtailimages.add_image", "wagtailimages.change_image", "wagtailimages.choose_image"]
SERVICE = ["profiles.view_suppression"]

ROLES = {
    MARKETERS: [*ACCESS, *LOOK, *WRITE, *IMAGES, "profiles.add_importjob"],
    # Wagtail publishes in the name of the person who approves.
    APPROVERS: [*ACCESS, *LOOK, "campaigns.publish_campaign"],
    SERVICE_APPROVERS: [
        *ACCESS,
        *LOOK,
        "campaigns.publish_campaign",
        "campaigns.approve_service_campaign",
    ],
    ANALYSTS: [*ACCESS, *LOOK],
    # Sums alone: nothing of a member.
    FINANCE: [*ACCESS, "loyalty.view_liability", "loyalty.close_month"],
    MEMBER_SERVICE: [*ACCESS, "profiles.view_member", *SERVICE, "profiles.view_topic"],
}


def ensure() -> dict[str, Group]:
    """Make the groups and give them at least the permissions above."""
    groups = {}
    for name, wanted in ROLES.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.add(*_permissions(wanted))
        groups[name] = group
    return groups


def _permissions(wanted: list[str]) -> list[Permission]:
    chosen = Q()
    for app, codename in (name.split(".") for name in sorted(set(wanted))):
        chosen |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.filter(chosen))
