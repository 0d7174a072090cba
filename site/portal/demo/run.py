"""The demo from beginning to end: load, send, replay, simulate, report, check."""

import json
from dataclasses import asdict
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign, Delivery
from loyalty.audit import audit
from portal.demo import club, environment, mail_files, report, sending, shopping_data
from portal.demo.calls import Caller
from portal.demo.database import migrate
from portal.demo.dates import Shift
from portal.demo.loading import load_once
from portal.demo.mail_files import SentMail
from portal.demo.models import DemoLoad
from portal.demo.processes import USUAL_PORT, Processes, choose_port
from portal.demo.progress import Progress
from portal.demo.redemptions import redemptions
from portal.demo.replay import replay
from portal.demo.report import DemoReport
from portal.demo.shopping_data import ShoppingData
from portal.demo.simulator import simulate
from profiles.models import Brand

REPORT_FILE = "demo-report.json"
SHOWN = 10  # faults named before the rest is only counted

Pairs = list[tuple[SentMail, Delivery]]


def run(progress: Progress, households: int | None = None) -> bool:
    """Run the demo; returns whether every figure and every mail is as it should be."""
    migrate(progress)
    with progress.step("Reading a year of real shopping"):
        data = shopping_data.read(households)
    if not DemoLoad.objects.exists():
        environment.clear()
    load = load_once(progress, data)
    tell_dirt(load, progress)
    return _answer(load, data, progress)


def port_of(load: DemoLoad) -> int:
    """Return the port that the sent mails name, if it is free, else another."""
    known = load.base_url.rpartition(":")[2]
    return choose_port(int(known) if known.isdigit() else USUAL_PORT)


def _answer(load: DemoLoad, data: ShoppingData, progress: Progress) -> bool:
    """Start the club's processes, let the campaigns run through them, and report."""
    with progress.step("Starting web server, Celery worker and Celery beat"):
        processes = Processes(port_of(load))
        processes.start()
    with processes:
        load.base_url = load.base_url or processes.base_url
        load.save(update_fields=["base_url"])
        sending.schedule_all(progress)
        sending.await_all(progress, processes)
        caller = Caller(processes.base_url)
        shift = Shift(load.shift_weeks, ZoneInfo(club.ZONE))
        replay(load, list(redemptions(data, shift)), caller, progress)
        mails, faults = _read_mails(progress)
        simulate(mails, timezone.now(), caller, progress)
    return _report(load, faults, len(mails), progress)


def tell_dirt(load: DemoLoad, progress: Progress) -> None:
    """Print what is wrong with the data, by name and number."""
    dirt = load.facts["dirt"]
    progress.say("   What is wrong with the data, counted and kept:")
    for name, count in dirt.items():
        progress.say(f"   {count:>8,} {name.replace('_', ' ')}")


def _read_mails(progress: Progress) -> tuple[Pairs, list[str]]:
    """Read every mail file, and check it against its delivery."""
    campaigns = list(Campaign.objects.values_list("pk", flat=True))
    paths = mail_files.mail_paths(settings.REGULARS_OUTBOX, campaigns)
    accepted = Delivery.objects.filter(state=Delivery.State.ACCEPTED)
    deliveries = {d.pk: d for d in accepted.select_related("campaign", "member__account")}
    mails, faults = [], []
    if len(paths) != len(deliveries):
        faults.append(f"{len(paths):,} mail files, yet {len(deliveries):,} accepted deliveries.")
    with progress.count("Reading the mails", len(paths), "mails") as bar:
        for path in paths:
            bar.update()
            mail = mail_files.read_mail(path)
            delivery = deliveries.get(mail.delivery_id)
            if delivery is None:
                faults.append(f"{path.name}: no accepted delivery.")
                continue
            faults += [f"{path.name}: {fault}." for fault in mail_files.faults(mail, delivery)]
            mails.append((mail, delivery))
    return mails, faults


def _report(load: DemoLoad, faults: list[str], mails: int, progress: Progress) -> bool:
    made = report.make_report(Brand.objects.get(slug="la-esquina"), load.facts["expected"])
    progress.say()
    progress.say(report.table(made))
    progress.say("   Opens and clicks are simulated; mails and redemptions are the data's.")
    progress.say()
    for wrong in [*made.differences, *faults[:SHOWN]]:
        progress.say(f"!! {wrong}")
    if len(faults) > SHOWN:
        progress.say(f"!! … and {len(faults) - SHOWN:,} more faults in mail files.")
    _write(load, made, faults, mails, progress)
    with progress.step("Auditing the points ledger"):
        audited = audit()
    progress.say(f"   {audited.entries:,} entries, {audited.differences:,} differences")
    good = not made.differences and not faults and not audited.differences
    if good:
        progress.say(f"-- {mails:,} mail files checked: own name, own tokens, unsubscribe headers.")
        progress.say(f"-- Every figure is the data's own. {progress.seconds:.0f} s in all.")
    return good


def _write(
    load: DemoLoad, made: DemoReport, faults: list[str], mails: int, progress: Progress
) -> None:
    found = {
        **asdict(made),
        "mail_files": mails,
        "mail_faults": faults,
        "shift_weeks": load.shift_weeks,
        "database": connection.vendor,
        "broker": str(settings.CELERY_BROKER_URL).partition(":")[0],
        "dirt": load.facts["dirt"],
        "loaded": load.facts["loaded"],
        "seconds": round(progress.seconds),
    }
    path = settings.VAR_DIR / REPORT_FILE
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
