"""The groups of staff and what each may do; made anew as often as one likes."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

MARKETERS = "Marketers"
APPROVERS = "Approvers"
SERVICE_APPROVERS = "Service approvers"
ANALYSTS = "Analysts"
MEMBER_SERVICE = "Member service"
SERVICE_SUPERVISORS = "Service supervisors"
CLUB_MANAGERS = "Club managers"
FINANCE = "Finance"
DATA_PROTECTION = "Data protection"

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
SERVICE = [
    "profiles.view_member",
    "profiles.view_topic",
    "profiles.view_suppression",
    "loyalty.view_entry",
    "loyalty.view_servicerequest",
    "loyalty.add_servicerequest",
    "loyalty.view_redemption",
    "loyalty.change_redemption",
    "loyalty.view_worklistitem",
    "loyalty.change_worklistitem",
]
RULED = [
    "loyalty.earnrule",
    "loyalty.bonusrule",
    "loyalty.referralrule",
    "loyalty.loyaltyrules",
    "loyalty.servicelimits",
    "loyalty.referralrule",
    "loyalty.tierscheme",
    "loyalty.tier",
    "loyalty.reward",
    "loyalty.offer",
    "loyalty.voucherpool",
]
RULE = [
    f"{app}.{action}_{model}"
    for app, model in (name.split(".") for name in RULED)
    for action in ("add", "change", "view")
]
BOOKS = [f"loyalty.{action}_ledgeraccountcode" for action in ("add", "change", "delete", "view")]

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
    FINANCE: [
        *ACCESS,
        *BOOKS,
        "loyalty.view_liability",
        "loyalty.close_month",
        "loyalty.view_ledgeraudit",
        "loyalty.add_ledgeraudit",
        "loyalty.view_switchover",
        "loyalty.sign_switch_over",
    ],
    MEMBER_SERVICE: [*ACCESS, *SERVICE],
    # What is kept of whom, and handing it out or erasing it: nothing of campaigns or points.
    DATA_PROTECTION: [
        *ACCESS,
        "profiles.view_member",
        "profiles.view_suppression",
        "profiles.view_register",
        "profiles.copy_personal_data",
        "profiles.erase_member",
    ],
    # Decide as the second person, and undo entries.
    SERVICE_SUPERVISORS: [
        *ACCESS,
        *SERVICE,
        "loyalty.decide_servicerequest",
        "loyalty.add_entry",
        "loyalty.view_offlineevent",
        "loyalty.view_ledgeraudit",
    ],
    # Settle what is earned and what it buys.
    CLUB_MANAGERS: [
        *ACCESS,
        *LOOK,
        *RULE,
        "profiles.add_cardbatch",
        "profiles.view_cardbatch",
        "loyalty.add_tillkey",
        "loyalty.change_tillkey",
        "loyalty.view_tillkey",
        "loyalty.view_offlineevent",
        "loyalty.view_liability",
        "loyalty.view_ledgeraudit",
        "loyalty.add_ledgeraudit",
        "loyalty.view_switchover",
        "loyalty.sign_switch_over",
    ],
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
