"""What staff read in the reports: numbers that lead to their members, charts, downloads."""

import csv
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db.models import F
from django.test import Client
from django.utils import timezone

from campaigns import dispatch, feedback, lifecycle, reports, staff_roles
from campaigns.feedback import Report
from campaigns.models import Campaign, Delivery, HourlyTotal
from campaigns.views.report_csv import defused
from profiles.models import Member, User
from tests import cast
from tests.cast import Club

LIST = "/staff/campaign-reports/"


@pytest.fixture
def club(db: None) -> Club:
    """The corner shop's club with an analyst."""
    made = cast.club()
    roles = staff_roles.ensure()
    analyst = User.objects.create_user("alba", "alba@esquina.example", "secret-alba")
    analyst.groups.add(roles[staff_roles.ANALYSTS])
    return made


@pytest.fixture
def planned(club: Club, settings: Any, tmp_path: Any) -> Campaign:
    """A campaign whose sending has begun and has not got anywhere."""
    settings.REGULARS_OUTBOX = tmp_path
    cast.everyone(club)
    return lifecycle.start(cast.approved(club, cast.campaign(club, cast.offer(club), group="A")))


@pytest.fixture
def campaign(planned: Campaign) -> Campaign:
    """A campaign that went to Ana, Bruno and Gloria; Ana opened and clicked."""
    dispatch.drain(planned.pk)
    _respond(planned, "Ana", "opened")
    _respond(planned, "Ana", "clicked", simulated=True)
    return planned


@pytest.fixture
def analyst(club: Club) -> Client:
    """A browser in which the analyst is signed in."""
    return _signed_in("alba")


def _signed_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def _respond(campaign: Campaign, name: str, kind: str, simulated: bool = False) -> None:
    delivery = Delivery.objects.get(campaign=campaign, member__first_name=name)
    told = Report(
        delivery_id=delivery.pk,
        kind=kind,
        key=f"{name}:{kind}",
        occurred_at=timezone.now() - timedelta(hours=1),
        source="web",
        actor="human",
        simulated=simulated,
    )
    feedback.record(told)


def _page(client: Client, url: str) -> Any:
    answer = client.get(url)
    assert answer.status_code == 200, answer
    return answer


def _text(client: Client, url: str) -> str:
    """What the page says, without its tags, in single spaces."""
    html = _page(client, url).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def _rows(client: Client, url: str) -> list[dict[str, str]]:
    answer = client.get(url)
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    return list(csv.DictReader(answer.getvalue().decode().splitlines()))


def _json(html: str, id_: str) -> Any:
    found = re.search(rf'<script id="{id_}" type="application/json">(.*?)</script>', html)
    assert found
    return json.loads(found[1])


def test_the_report_says_whom_a_number_divides_by_and_how_sure_it_is(
    analyst: Client, campaign: Campaign
) -> None:
    page = _text(analyst, f"{LIST}{campaign.pk}/")
    assert "Opened 1 of 2 trackable members 50.0 % ± 40.5" in page
    assert "Sent 3 of 3 planned members 100 %" in page
    assert "Finished Every mail is handed over" in page


def test_every_number_leads_to_as_many_members(analyst: Client, campaign: Campaign) -> None:
    context = _page(analyst, f"{LIST}{campaign.pk}/").context
    cells = [*context["headlines"], *context["sending"], *context["responses"]]
    assert {cell.share.key for cell in cells} == set(reports.LABELS)
    numbers = [(cell.url, cell.share.number) for cell in cells]
    numbers += [(url, number) for _words, number, url in context["reasons"]]
    assert len(numbers) > len(reports.LABELS)
    for url, number in numbers:
        assert len(_page(analyst, url).context["rows"]) == number, url


def test_a_long_list_comes_in_pages(analyst: Client, club: Club, planned: Campaign) -> None:
    many = [cast.member(club, f"Nora{number}") for number in range(60)]
    Delivery.objects.bulk_create(
        Delivery(campaign=planned, member=one, state="held_out", business_at=timezone.now())
        for one in many
    )
    url = f"{LIST}{planned.pk}/members/held_out/"
    first, second = _page(analyst, url), _page(analyst, f"{url}?p=2")
    assert "60 members" in first.content.decode()
    assert [len(page.context["rows"]) for page in (first, second)] == [50, 10]


def test_the_list_of_campaigns_shows_figures_and_groups(
    analyst: Client, campaign: Campaign
) -> None:
    context = _page(analyst, LIST).context
    (row,), (group,) = context["rows"], context["groups"]
    assert row.standing == "Finished"
    assert [cell.share.number for cell in row.cells] == [3, 1, 1, 0]
    assert [cell.share.of for cell in row.cells] == [3, 2, 2, 3]
    assert group["group"] == "A"
    for cell in (*row.cells, *group["cells"]):
        assert len(_page(analyst, cell.url).context["rows"]) == cell.share.number


def test_skipped_members_are_listed_with_the_reason_in_words(
    analyst: Client, campaign: Campaign
) -> None:
    assert "No e-mail address is known. 1" in _text(analyst, f"{LIST}{campaign.pk}/")
    page = _text(analyst, f"{LIST}{campaign.pk}/members/skipped:no_address/")
    assert "Carmen Ruiz" in page
    assert "Skipped. No e-mail address is known." in page


def test_the_list_says_why_each_member_got_the_mail(analyst: Client, campaign: Campaign) -> None:
    page = _text(analyst, f"{LIST}{campaign.pk}/members/accepted/")
    assert page.count("It was sent to everyone who follows “Weekly offers”.") == 3
    assert "not recorded" in page, "Bruno's opens and clicks are nobody's business"


def test_the_charts_have_their_data_in_the_page(analyst: Client, campaign: Campaign) -> None:
    html = _page(analyst, f"{LIST}{campaign.pk}/").content.decode()
    bars = {bar["key"]: bar["value"] for bar in _json(html, "funnel-data")}
    assert (bars["audience"], bars["accepted"], bars["opened"]) == (7, 3, 1)
    course = _json(html, "course-data")
    assert [(line["key"], line["values"]) for line in course["series"]] == [
        ("opened", [1]),
        ("clicked", [1]),
    ]


def test_a_course_of_many_weeks_is_drawn_by_week(analyst: Client, campaign: Campaign) -> None:
    hour = timezone.now() - timedelta(days=90)
    HourlyTotal.objects.create(campaign=campaign, hour=hour, kind="redeemed", events=1, firsts=1)
    page = _page(analyst, f"{LIST}{campaign.pk}/")
    course = page.context["course"]
    assert course.weekly
    assert len(course.rows) == 13
    assert [sum(numbers) for _week, numbers in course.rows][-1:] == [2]


def test_what_is_simulated_is_called_so(analyst: Client, campaign: Campaign) -> None:
    page = _text(analyst, f"{LIST}{campaign.pk}/")
    assert "Partly simulated: 1 of 1 clicks come from the demo's simulator" in page
    assert "Clicked simulated" in page
    assert "Opened simulated" not in page
    assert "made up by the demo" in _text(analyst, LIST)


def test_what_no_transport_reports_is_not_called_zero(analyst: Client, campaign: Campaign) -> None:
    assert "Delivered not reported" in _text(analyst, f"{LIST}{campaign.pk}/")
    _respond(campaign, "Gloria", "delivered")
    assert "Delivered of 3 members mailed 1" in _text(analyst, f"{LIST}{campaign.pk}/")


def test_totals_that_do_not_reconcile_are_not_shown_as_if_they_did(
    analyst: Client, campaign: Campaign
) -> None:
    url = f"{LIST}{campaign.pk}/"
    assert "do not rely on them" not in _text(analyst, url)
    HourlyTotal.objects.filter(kind="opened").update(firsts=F("firsts") + 4)
    page = _text(analyst, url)
    assert "do not rely on them" in page
    assert "Opens: the totals say 5, the deliveries 1." in page


def test_progress_asks_for_itself_until_nothing_is_left(analyst: Client, planned: Campaign) -> None:
    url = f"{LIST}{planned.pk}/progress/"
    fragment = _page(analyst, url)
    assert f'hx-get="{url}"' in fragment.content.decode()
    assert "0 of 3 handed over, 3 to go" in fragment.content.decode()
    assert url in _page(analyst, f"{LIST}{planned.pk}/").content.decode()
    dispatch.drain(planned.pk)
    last = _page(analyst, url)
    assert last["HX-Refresh"] == "true"
    assert not last.content.strip()


def test_a_campaign_under_way_shows_how_far_it_is(analyst: Client, planned: Campaign) -> None:
    (row,) = _page(analyst, LIST).context["rows"]
    assert (row.standing, row.is_under_way) == ("Sending, 0%", True)


def test_the_figures_download(analyst: Client, campaign: Campaign) -> None:
    rows = {row["figure"]: row for row in _rows(analyst, f"{LIST}{campaign.pk}/figures.csv")}
    opened = rows["opened"]
    assert (opened["number"], opened["of"], opened["percent"]) == ("1", "2", "50.00")
    assert rows["clicked"]["simulated"] == "1"
    assert rows["skipped: No e-mail address is known."]["number"] == "1"


def test_the_deliveries_download_without_formulas(analyst: Client, campaign: Campaign) -> None:
    Member.objects.filter(first_name="Gloria").update(first_name="=1+1")
    rows = {row["name"]: row for row in _rows(analyst, f"{LIST}{campaign.pk}/deliveries.csv")}
    assert len(rows) == 7
    assert rows["'=1+1 Ruiz"]["state"] == "accepted"
    assert rows["Ana Ruiz"]["first_opened_at"].endswith("+00:00")
    assert (rows["Ana Ruiz"]["simulated"], rows["Bruno Ruiz"]["tracked"]) == ("yes", "no")
    assert rows["Carmen Ruiz"]["why"] == "No e-mail address is known."


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_calculate_is_text(start: str) -> None:
    assert defused(f"{start}cmd") == f"'{start}cmd"
    assert defused(f"a{start}") == f"a{start}"
    assert defused(-3) == -3


def test_a_name_with_a_script_in_it_is_shown_and_not_run(
    analyst: Client, campaign: Campaign
) -> None:
    evil = "</script><script>alert(1)</script>"
    Member.objects.filter(first_name="Gloria").update(first_name=evil)
    Campaign.objects.update(name=evil)
    for path in ("", f"{campaign.pk}/", f"{campaign.pk}/members/accepted/"):
        html = _page(analyst, LIST + path).content.decode()
        assert evil not in html
        assert "alert(1)" in html


@pytest.mark.parametrize(
    "path", ["", "%d/", "%d/members/opened/", "%d/figures.csv", "%d/deliveries.csv", "%d/progress/"]
)
def test_reports_are_for_those_who_may_look_at_campaigns(
    club: Club, campaign: Campaign, path: str
) -> None:
    url = LIST + (path % campaign.pk if path else "")
    assert _signed_in("alba").get(url).status_code == 200
    stranger = Client().get(url)
    assert (stranger.status_code, "login" in stranger["Location"]) == (302, True)
    club.marketer.groups.add(Group.objects.get(name=staff_roles.MEMBER_SERVICE))
    assert _signed_in("marta").get(url).status_code in (302, 403)


def test_a_figure_that_does_not_exist_is_not_found(analyst: Client, campaign: Campaign) -> None:
    assert analyst.get(f"{LIST}{campaign.pk}/members/password/").status_code == 404
    assert analyst.get(f"{LIST}999999/").status_code == 404


def test_the_menu_leads_to_the_reports(analyst: Client, campaign: Campaign) -> None:
    assert LIST in _page(analyst, "/staff/").content.decode()


def test_before_anything_is_sent_the_list_says_so(analyst: Client) -> None:
    assert "No campaign has started yet." in _text(analyst, LIST)
