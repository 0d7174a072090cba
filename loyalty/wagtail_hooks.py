"""Points, offers and the books in Wagtail: menus and routes."""

from typing import Any

from django.templatetags.static import static
from django.urls import include, path
from django.utils.html import format_html_join
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from loyalty.staff import (
    account_codes,
    adjusting,
    card_batches,
    desk,
    dry_run,
    health,
    liabilities,
    member_ledger,
    menus,
    month_ends,
    offline_events,
    pools,
    redemptions,
    requests,
    switches,
    tiers,
    till_key_screens,
    worklist_screens,
)
from loyalty.viewsets import LoyaltyGroup

register_snippet(LoyaltyGroup)
menus.register()


@hooks.register("register_icons")
def icons(known: list[str]) -> list[str]:
    """A ticket, for vouchers."""
    return [*known, "loyalty/icons/ticket.svg"]


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    """Screens beyond Wagtail's own."""
    member, month = "members/<int:member_id>/", "months/<slug:month>/"
    routes = [
        path(member, member_ledger.MemberLedger.as_view(), name="ledger"),
        path(f"{member}adjust/", adjusting.Adjust.as_view(), name="adjust"),
        path(f"{member}entries/<int:pk>/undo/", adjusting.Undo.as_view(), name="undo"),
        path(f"{member}desk/", desk.Desk.as_view(), name="desk"),
        path(f"{member}receipt/", desk.CreditReceipt.as_view(), name="receipt"),
        path(f"{member}vouchers/<int:pk>/again/", desk.Reissue.as_view(), name="reissue"),
        path("refused-codes/", desk.RefusedCode.as_view(), name="refused_code"),
        path("requests/", requests.Requests.as_view(), name="requests"),
        path("requests/<int:pk>/", requests.Decide.as_view(), name="request"),
        path("worklist/", worklist_screens.Worklist.as_view(), name="worklist"),
        path("worklist/<int:pk>/", worklist_screens.Item.as_view(), name="worklist_item"),
        path("till-keys/", till_key_screens.TillKeys.as_view(), name="till_keys"),
        path("till-keys/new/", till_key_screens.AddKey.as_view(), name="till_key_add"),
        path(
            "till-keys/<int:pk>/revoke/",
            till_key_screens.RevokeKey.as_view(),
            name="till_key_revoke",
        ),
        path("cards/", card_batches.CardBatches.as_view(), name="card_batches"),
        path("cards/<int:pk>.csv", card_batches.CardNumbers.as_view(), name="card_numbers"),
        path("offline-tills/", offline_events.Offline.as_view(), name="offline"),
        path("liability/", liabilities.LiabilityScreen.as_view(), name="liability"),
        path("liability.csv", liabilities.LiabilityCsv.as_view(), name="liability_csv"),
        path("months/", month_ends.Months.as_view(), name="months"),
        path(month, month_ends.Month.as_view(), name="month"),
        path(f"{month}close/", month_ends.CloseMonth.as_view(), name="close_month"),
        path(f"{month}summary.csv", month_ends.MonthCsv.as_view(), name="month_csv"),
        path(f"{month}journal.csv", month_ends.JournalCsv.as_view(), name="journal_csv"),
        path("health/", health.Health.as_view(), name="health"),
        path("switch-over/", switches.Switches.as_view(), name="switches"),
        path("switch-over/<int:pk>/", switches.SignSwitch.as_view(), name="sign_switch"),
    ]
    routes += [
        path("earning-rules/<int:pk>/dry-run/", dry_run.DryRun.as_view(), name="dry_run"),
        path("tiers/preview/", tiers.TierPreview.as_view(), name="tier_preview"),
        path("redemptions/", redemptions.Redemptions.as_view(), name="redemptions"),
        path("redemptions/<int:pk>/", redemptions.SettleRedemption.as_view(), name="redemption"),
        path("pools/<int:pk>/", pools.Pool.as_view(), name="pool"),
    ]
    return [path("loyalty/", include((routes, "loyalty_staff")))]


@hooks.register("register_admin_viewset")
def account_code_viewset() -> account_codes.AccountCodeViewSet:
    """The ledger's accounts, for finance."""
    return account_codes.AccountCodeViewSet()


@hooks.register("insert_global_admin_css")
def styles() -> str:
    """The few rules that ledgers and books need."""
    sheets = ("loyalty/staff.css", "loyalty/books.css", "loyalty/rules.css")
    links = ((static(name),) for name in sheets)
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', links)
