"""The dry run of a rule: its cost over past purchases, for those who may see rules."""

from django.urls import reverse

from loyalty import purchases
from loyalty.models import EarnRule, Entry
from profiles.models import Member, User
from tests.cast import Club
from tests.loyalty.books import basket
from tests.loyalty.staff import pages

SPAN = "?since=2026-03-01&until=2026-03-31"


def _url(rule: EarnRule) -> str:
    return reverse("loyalty_staff:dry_run", args=[rule.pk])


def test_it_tells_cost_baskets_and_households(club: Club, gloria: Member, manager: User) -> None:
    purchases.record_many(club.brand, "till-1", [basket("a"), basket("b", 20)])
    before = Entry.objects.count()
    rule = EarnRule.objects.get()
    EarnRule.objects.filter(pk=rule.pk).update(points=3)
    page = pages.text(manager, _url(rule) + SPAN)
    assert "96 <small>worth 0.96 EUR</small>" in page
    assert "<dt>Baskets</dt> <dd>2 " in page
    assert "<dt>Households</dt> <dd>1 " in page
    assert "32 <small>points</small>" in page
    assert "+64 <small>points to pay</small>" in page
    assert "March 2026" in page
    assert Entry.objects.count() == before


def test_the_last_day_counts_and_the_next_does_not(
    club: Club, gloria: Member, manager: User
) -> None:
    purchases.record_many(club.brand, "till-1", [basket("a")])  # on 2 March
    url = _url(EarnRule.objects.get())
    assert "12 <small>" in pages.text(manager, f"{url}?since=2026-03-02&until=2026-03-02")
    page = pages.text(manager, f"{url}?since=2026-03-01&until=2026-03-01")
    assert "No purchase of these days would have earned anything." in page


def test_an_impossible_span_is_refused_and_stays_in_the_form(club: Club, manager: User) -> None:
    url = _url(EarnRule.objects.get())
    page = pages.text(manager, f"{url}?since=2026-03-02&until=2026-03-01")
    assert "The last day has to come after the first one." in page
    assert 'value="2026-03-02"' in page
    page = pages.text(manager, f"{url}?since=2020-03-02&until=2026-03-01")
    assert "At most 366 days can be tried at once." in page


def test_the_form_leads_there_and_clerks_do_not_get_in(
    club: Club, manager: User, clerk: User
) -> None:
    rule = EarnRule.objects.get()
    assert _url(rule) in pages.source(manager, reverse("earnrule:edit", args=[rule.pk]))
    assert pages.signed_in(clerk).get(_url(rule)).status_code == 302
