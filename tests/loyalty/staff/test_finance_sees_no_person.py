"""Finance sees sums alone: on no page of the staff site is there a member to be read of."""

from collections.abc import Iterator

import pytest
from wagtail.models import Page, Task

from loyalty.models import Entry
from profiles.models import Member, User
from tests.cast import Club
from tests.loyalty.staff import full_club
from tests.loyalty.staff.pages import signed_in
from tests.loyalty.staff.site_routes import Route, Values, routes, seeded

OUR_APPS = ("profiles", "loyalty", "campaigns")
BROKEN_ON_PURPOSE = {"wagtailadmin_error_test"}
# What Finance gets to see. A route that is not named here has to refuse, or the test fails.
# Ours: sums, months, audits.
OURS = {
    "ledgeraccountcode:index",
    "ledgeraccountcode:index_results",
    "ledgeraccountcode:add",
    "ledgeraccountcode:edit",
    "ledgeraccountcode:delete",
    "ledgeraccountcode:history",
    "ledgeraccountcode:history_results",
    "ledgeraccountcode:usage",
    "loyalty_staff:close_month",
    "loyalty_staff:health",
    "loyalty_staff:journal_csv",
    "loyalty_staff:liability",
    "loyalty_staff:liability_csv",
    "loyalty_staff:month",
    "loyalty_staff:month_csv",
    "loyalty_staff:months",
    "loyalty_staff:sign_switch",
    "loyalty_staff:switches",
}

# What Wagtail offers everyone of the staff to choose from: none of it is a person.
CHOOSERS = {
    "wagtailsnippetchoosers_campaigns_campaign",
    "wagtailsnippetchoosers_campaigns_domainlimit",
    "wagtailsnippetchoosers_campaigns_segment",
    "wagtailsnippetchoosers_campaigns_sendingrules",
    "wagtailsnippetchoosers_loyalty_offer",
}

# One's own second factor.
SIGNING_IN = {
    "account_inactive",
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
}

# Wagtail's own, open to everyone of the staff; lists show what one may see.
WAGTAILS = {
    "staff/test404/",
    "wagtailadmin_account",
    "wagtailadmin_api:documents:listing",
    "wagtailadmin_api:images:listing",
    "wagtailadmin_api:pages:listing",
    "wagtailadmin_choose_page",
    "wagtailadmin_choose_page_anchor_link",
    "wagtailadmin_choose_page_child",
    "wagtailadmin_choose_page_chosen_multiple",
    "wagtailadmin_choose_page_email_link",
    "wagtailadmin_choose_page_external_link",
    "wagtailadmin_choose_page_phone_link",
    "wagtailadmin_choose_page_search",
    "wagtailadmin_dismissibles",
    "wagtailadmin_home",
    "wagtailadmin_javascript_catalog",
    "wagtailadmin_pages:confirm_workflow_cancellation",
    "wagtailadmin_pages:move_confirm",
    "wagtailadmin_password_reset",
    "wagtailadmin_password_reset_complete",
    "wagtailadmin_password_reset_confirm",
    "wagtailadmin_password_reset_done",
    "wagtailadmin_reports:site_history",
    "wagtailadmin_reports:site_history_results",
    "wagtailadmin_sprite",
    "wagtailadmin_tag_autocomplete",
    "wagtailadmin_workflows:task_chooser",
    "wagtailadmin_workflows:task_chooser_create",
    "wagtailadmin_workflows:task_chooser_results",
    "wagtailadmin_workflows:task_chosen",
    "wagtaildocs_chooser:choose",
    "wagtaildocs_chooser:choose_results",
    "wagtaildocs_chooser:chosen_multiple",
    "wagtailembeds:chooser",
    "wagtailembeds:chooser_upload",
    "wagtailimages_chooser:choose",
    "wagtailimages_chooser:choose_results",
    "wagtailimages_chooser:chosen_multiple",
    "wagtailsnippets_campaigns_campaign:confirm_workflow_cancellation",
}


@pytest.fixture
def secrets(club: Club) -> list[str]:
    """A club full of everything; what tells who somebody is."""
    people, found = full_club.personal(club)
    full_club.fill(club, people)
    return found


@pytest.fixture
def values(secrets: list[str], club: Club) -> Values:
    """What stands for arguments: keys of all that was made, and names that there are."""
    pages = list(Page.objects.values_list("pk", flat=True))
    page_names = ("page_id", "parent_page_id", "page_to_move_id", "destination_id")
    models = ["member", "offer", "campaign", "entry", "brand"]
    return {
        "": seeded(*OUR_APPS),
        **dict.fromkeys(("app_label", "app_name", "content_type_app_name"), OUR_APPS),
        **dict.fromkeys(("model_name", "content_type_model_name"), models),
        "member_id": list(Member.objects.values_list("pk", flat=True)),
        "loyalty_staff:undo pk": list(Entry.objects.values_list("pk", flat=True)),
        "loyalty_staff:undo member_id": list(Member.objects.values_list("pk", flat=True))[-1:],
        **dict.fromkeys(page_names, pages),
        "task_id": list(Task.objects.values_list("pk", flat=True)),
        "brand": [club.brand.pk],
        "month": ["2026-02", "2026-03"],
        "figure": ["sent", "delivered", "opened", "clicked", "redeemed"],
        "group": ["all", "a", "mail"],
        "action": ["delete"],
        "name": ["submit", "schedule", "cancel", "pause"],
        "revision_id_a": ["earliest"],
        "revision_id_b": ["latest"],
    }


def answers(user: User, told: Values, prefix: str = "") -> Iterator[tuple[str, int, str]]:
    """What every route whose name begins so answers, at each of its addresses."""
    for route in routes():
        if not route.name.startswith(prefix):
            continue
        # One of the routes signs out.
        browser = signed_in(user)
        browser.raise_request_exception = False
        for address in route.addresses(told, _enough(route)):
            answer = browser.get(address)
            yield route.name, answer.status_code, b"".join(answer).decode(errors="replace")


def _enough(route: Route) -> int:
    return 60 if route.app in OUR_APPS else 6


def test_no_page_for_finance_names_a_member(
    accountant: User, values: Values, secrets: list[str]
) -> None:
    found = list(answers(accountant, values))
    assert {(name, one) for name, _status, page in found for one in secrets if one in page} == set()
    assert {name for name, status, _page in found if status >= 500} == BROKEN_ON_PURPOSE
    # An address that leads nowhere shows nothing.
    reached = {name for name, status, _page in found if status != 404}
    assert {name for name, _status, _page in found if "loyalty_staff" in name} <= reached
    shown = {name for name, status, _page in found if status == 200}
    assert {_group(name) for name in shown} == OURS | CHOOSERS | WAGTAILS | SIGNING_IN


def _group(name: str) -> str:
    group = name.split(":", maxsplit=1)[0]
    return group if group.startswith("wagtailsnippetchoosers_") else name


def test_the_walk_would_find_them(clerk: User, values: Values, secrets: list[str]) -> None:
    for prefix, shown in (("members:", "inspect"), ("loyalty_staff:", "ledger")):
        found = answers(clerk, values, prefix)
        naming = {name for name, _status, page in found for one in secrets if one in page}
        assert f"{prefix}{shown}" in naming
