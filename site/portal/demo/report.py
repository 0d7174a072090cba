"""The demo's report: what the database says of the campaigns, beside what the data say."""

from dataclasses import dataclass
from typing import Any

from campaigns import reports
from campaigns.models import Campaign
from portal.demo.shopping_data import ShoppingData
from profiles.models import Brand

COLUMNS = ("mails", "trackable", "opened", "clicked", "redeemed")

Row = dict[str, int]


@dataclass(frozen=True)
class DemoReport:
    """Figures per type and campaign, and how they differ from the data's."""

    by_type: dict[str, Row]
    by_campaign: dict[str, Row]
    differences: list[str]


def expected(data: ShoppingData) -> dict[str, Row]:
    """Return per type the mails and redeeming households that follow from the data alone."""
    types = data.campaigns.set_index("campaign_id")["campaign_type"].map(short)
    mails = data.targeted["campaign_id"].map(types).value_counts().to_dict()
    pairs = data.redemptions[["campaign_id", "household_id"]].drop_duplicates()
    redeemed = pairs["campaign_id"].map(types).value_counts().to_dict()
    return {
        kind: {"mails": int(mails.get(kind, 0)), "redeeming_households": int(redeemed.get(kind, 0))}
        for kind in sorted(set(types))
    }


def short(group: str) -> str:
    """Return ``A`` for ``Type A``."""
    return group.removeprefix("Type ")


def make_report(brand: Brand, awaited: dict[str, Row]) -> DemoReport:
    """Add up deliveries and responses, and compare them with what is awaited."""
    by_type = {short(group): _row(figures) for group, figures in reports.by_group(brand).items()}
    by_campaign = {
        campaign.name: _row(reports.figures(campaign))
        for campaign in Campaign.objects.filter(brand=brand).order_by("business_at", "pk")
    }
    return DemoReport(by_type, by_campaign, list(_differences(by_type, awaited)))


def table(report: DemoReport) -> str:
    """Return the report as a table for a terminal."""
    width = max(len(name) for name in [*report.by_campaign, "Campaign"])
    head = f"{'Campaign':<{width}}" + "".join(f"{column:>11}" for column in COLUMNS)
    rule = "-" * len(head)
    campaigns = [_line(name, row, width) for name, row in report.by_campaign.items()]
    types = [_line(f"Type {kind}", row, width) for kind, row in report.by_type.items()]
    total = _line("All", _sum(report.by_type.values()), width)
    return "\n".join([head, rule, *campaigns, rule, *types, rule, total])


def _row(figures: reports.Figures) -> Row:
    counts = figures.counts
    return {
        "mails": counts["accepted"],
        "redeeming_households": counts["redeemed"],
        "trackable": counts["trackable"],
        "opened": counts["opened"],
        "clicked": counts["clicked"],
        "unsubscribed": counts["unsubscribed"],
        "skipped": counts["skipped"],
        "opened_simulated": figures.simulated.get("opened", 0),
        "clicked_simulated": figures.simulated.get("clicked", 0),
    }


def _differences(found: dict[str, Row], awaited: dict[str, Row]) -> list[str]:
    return [
        f"Type {kind}: {name.replace('_', ' ')} should be {figure:,}, found "
        f"{found.get(kind, {}).get(name, 0):,}."
        for kind, figures in awaited.items()
        for name, figure in figures.items()
        if found.get(kind, {}).get(name) != figure
    ]


def _line(name: str, row: Row, width: int) -> str:
    cells = {**row, "redeemed": row["redeeming_households"]}
    return f"{name:<{width}}" + "".join(f"{cells[column]:>11,}" for column in COLUMNS)


def _sum(rows: Any) -> Row:
    total: Row = {}
    for row in rows:
        for name, number in row.items():
            total[name] = total.get(name, 0) + number
    return total
