"""Which role may open which loyalty screen: every route, every role. A new route needs its line."""

from collections.abc import Collection

import pytest

from campaigns import staff_roles
from campaigns.staff_roles import (
    ANALYSTS,
    APPROVERS,
    CLUB_MANAGERS,
    FINANCE,
    MARKETERS,
    MEMBER_SERVICE,
    ROLES,
    SERVICE_APPROVERS,
    SERVICE_SUPERVISORS,
)
from loyalty.models import (
    EarnRule,
    Entry,
    Redemption,
    ServiceRequest,
    SwitchOver,
    TillKey,
    Voucher,
    VoucherPool,
    WorklistItem,
)
from profiles import cards
from tests.cast import Club
from tests.loyalty.staff import full_club
from tests.loyalty.staff.conftest import Hire
from tests.loyalty.staff.pages import signed_in
from tests.loyalty.staff.site_routes import Route, Values, is_refused, routes

EVERYONE = frozenset(ROLES)
DESK = frozenset({MEMBER_SERVICE, SERVICE_SUPERVISORS})
BOOKS = frozenset({FINANCE, CLUB_MANAGERS})
LOOKERS = frozenset({MARKETERS, APPROVERS, SERVICE_APPROVERS, ANALYSTS, CLUB_MANAGERS})
OFFERERS = frozenset({MARKETERS, CLUB_MANAGERS})
NOBODY: frozenset[str] = frozenset()

# Our own screens, a line each.
SCREENS: dict[str, Collection[str]] = {
    "ledger": DESK,
    "adjust": DESK,
    "undo": {SERVICE_SUPERVISORS},
    "desk": DESK,
    "receipt": DESK,
    "reissue": DESK,
    "refused_code": DESK,
    "worklist": DESK,
    "worklist_item": DESK,
    "redemptions": DESK,
    "redemption": DESK,
    "till_keys": {CLUB_MANAGERS},
    "till_key_add": {CLUB_MANAGERS},
    "till_key_revoke": {CLUB_MANAGERS},
    "card_batches": {CLUB_MANAGERS},
    "card_numbers": {CLUB_MANAGERS},
    "offline": {CLUB_MANAGERS, SERVICE_SUPERVISORS},
    "dry_run": LOOKERS,
    "tier_preview": {CLUB_MANAGERS},
    "pool": {CLUB_MANAGERS},
    "requests": DESK,
    "request": DESK,
    "liability": BOOKS,
    "liability_csv": BOOKS,
    "months": BOOKS,
    "month": BOOKS,
    "month_csv": BOOKS,
    "journal_csv": BOOKS,
    "close_month": {FINANCE},
    "health": BOOKS | {SERVICE_SUPERVISORS},
    "switches": BOOKS,
    "sign_switch": BOOKS,
}
# Wagtail's screens about our models, a line each: who may look, add, change, delete.
VIEWSETS: dict[str, tuple[Collection[str], ...]] = {
    "wagtailsnippets_loyalty_offer": (LOOKERS, OFFERERS, OFFERERS, {MARKETERS}),
    "wagtailsnippetchoosers_loyalty_offer": (EVERYONE, OFFERERS, NOBODY, NOBODY),
    "ledgeraccountcode": ({FINANCE}, {FINANCE}, {FINANCE}, {FINANCE}),
    "earnrule": (LOOKERS, {CLUB_MANAGERS}, {CLUB_MANAGERS}, NOBODY),
    **dict.fromkeys(
        (
            "bonusrule",
            "loyaltyrules",
            "referralrule",
            "reward",
            "servicelimits",
            "tier",
            "tierscheme",
            "voucherpool",
        ),
        ({CLUB_MANAGERS}, {CLUB_MANAGERS}, {CLUB_MANAGERS}, NOBODY),
    ),
}  # fmt: skip
LOOK, ADD, CHANGE, DELETE = range(4)
ACTS = {
    "index": LOOK, "index_results": LOOK, "list": LOOK, "list_results": LOOK, "inspect": LOOK,
    "history": CHANGE, "history_results": CHANGE, "usage": CHANGE,
    "choose": LOOK, "choose_results": LOOK, "chosen": LOOK, "chosen_multiple": LOOK,
    "add": ADD, "copy": ADD, "create": ADD, "edit": CHANGE, "delete": DELETE,
}  # fmt: skip


def ours() -> list[Route]:
    """The routes of our own screens, and those of Wagtail's about our models."""
    return [
        one for one in routes() if one.name.startswith("loyalty_staff:") or one.app == "loyalty"
    ]


def expected(route: Route) -> Collection[str]:
    """The roles that may open it. Raises KeyError for a route that stands in no table."""
    space, name = route.name.split(":")
    return SCREENS[name] if space == "loyalty_staff" else VIEWSETS[space][ACTS[name]]


@pytest.fixture
def values(club: Club) -> Values:
    """One of everything."""
    people, _secrets = full_club.personal(club)
    full_club.fill(club, people)
    entry = Entry.objects.filter(wallet__account=people[-1].account, kind="redeem").last()
    return {
        "": [0],
        "member_id": [people[-1].pk],
        "month": ["2026-03"],
        "loyalty_staff:undo pk": [entry.pk if entry else 0],
        "loyalty_staff:reissue pk": [Voucher.objects.filter(member=people[-1]).earliest("pk").pk],
        "loyalty_staff:worklist_item pk": [WorklistItem.objects.get().pk],
        "loyalty_staff:redemption pk": [Redemption.objects.get().pk],
        "loyalty_staff:dry_run pk": [EarnRule.objects.earliest("pk").pk],
        "loyalty_staff:pool pk": [VoucherPool.objects.get().pk],
        "loyalty_staff:card_numbers pk": [cards.issue_batch(club.brand, 1, "A", None).pk],
        "loyalty_staff:till_key_revoke pk": [TillKey.objects.get().pk],
        "loyalty_staff:request pk": [ServiceRequest.objects.get().pk],
        "loyalty_staff:sign_switch pk": [SwitchOver.objects.get().pk],
    }


def test_every_route_stands_in_a_table() -> None:
    names = {route.name.partition(":")[2] for route in ours() if "loyalty_staff" in route.name}
    assert names == set(SCREENS)
    assert {route.name.partition(":")[0] for route in ours()} == {"loyalty_staff", *VIEWSETS}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_opens_its_screens_and_no_others(hire: Hire, values: Values, role: str) -> None:
    browser = signed_in(hire("robin", role))
    for route in ours():
        address = next(route.addresses(values, 1))
        answer = browser.get(address)
        assert answer.status_code != 404, address
        assert is_refused(answer) == (role not in expected(route)), (route.name, answer)


def test_someone_without_a_role_opens_nothing(values: Values, club: Club) -> None:
    browser = signed_in(club.marketer)
    for route in ours():
        assert is_refused(browser.get(next(route.addresses(values, 1)))), route.name


def test_the_table_names_roles_that_there_are() -> None:
    named = {role for roles in SCREENS.values() for role in roles}
    assert named <= set(staff_roles.ROLES)
