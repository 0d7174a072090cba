"""The disk is full: no mail without its line in the journal, and all go when there is space.

A full disk is made of a limit on the size of files, which the kernel enforces on the workers.
"""

import os
import resource
import time
from collections import Counter
from pathlib import Path

import pytest

from campaigns import lifecycle
from campaigns.models import Campaign
from tests import cast
from tests.faults.crowd import crowd, due_campaign
from tests.faults.judge import judge
from tests.faults.sending import wait_for_mails, wait_for_the_end
from tests.processes import Deployment, Process, wait_until
from tests.servers import MailOracle, mail_oracle

pytestmark = pytest.mark.fault

SIZE = 300
FEW = 20
PATIENCE = 60
STILL = 3  # seconds in which nothing may arrive; a tick comes every two


def test_without_space_for_the_journal_nothing_is_sent_until_there_is(
    deployment: Deployment,
) -> None:
    club = cast.club()
    crowd(club, SIZE)
    with mail_oracle(delay=0.01) as oracle:
        deployment.environment |= oracle.environment
        worker = deployment.worker()
        _limit_files(worker, 0)
        campaign = due_campaign(club)
        deployment.beat()
        _stands_still(campaign, oracle)
        assert oracle.accepted() == []
        _limit_files(worker, resource.RLIM_INFINITY)
        wait_for_mails(oracle, 20)
        wait_until(lambda: _said(campaign) == "", PATIENCE, "the campaign to say that all is well")
        _limit_files(worker, 0)
        _stands_still(campaign, oracle)
        assert len(oracle.accepted()) < SIZE, "the disk was full when all had been sent"
        _limit_files(worker, resource.RLIM_INFINITY)
        wait_for_the_end(campaign)
        assert judge(campaign, oracle, unknown_at_most=0).wrong == []
        assert lifecycle.progress(campaign) == {"accepted": SIZE}
        assert _said(campaign) == ""


def test_what_the_outbox_has_no_space_for_is_put_off(deployment: Deployment) -> None:
    club = cast.club()
    crowd(club, FEW)
    worker = deployment.worker(REGULARS_BATCH_SIZE="5")
    _limit_files(worker, 4_000)  # enough for a journal of five mails, too little for a mail
    campaign = due_campaign(club)
    deployment.beat()
    wait_until(lambda: _reasons(campaign) == {"outbox": FEW}, PATIENCE, "all to be put off")
    assert _files(deployment.outbox) == [], "half a mail takes space that nobody gets back"
    _limit_files(worker, resource.RLIM_INFINITY)
    wait_for_the_end(campaign)
    assert lifecycle.progress(campaign) == {"accepted": FEW}
    assert len(_files(deployment.outbox)) == FEW


def _stands_still(campaign: Campaign, oracle: MailOracle) -> None:
    """The campaign says what is wrong, and nothing goes that is not in the journal."""
    wait_until(lambda: "journal" in _said(campaign), PATIENCE, "the campaign to say so")
    before = len(oracle.accepted())
    time.sleep(STILL)
    assert len(oracle.accepted()) == before
    assert "journal" in _said(campaign)


def _limit_files(worker: Process, size: int) -> None:
    """Let no file of the worker's children grow beyond that many bytes."""
    wait_until(lambda: bool(_children(worker)), PATIENCE, "the worker's children")
    for child in _children(worker):
        hard = resource.prlimit(child, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(child, resource.RLIMIT_FSIZE, (size, hard))


def _children(worker: Process) -> list[int]:
    """Every process of the worker's group but its first."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in pids if pid != worker.pid and _group(pid) == worker.pid]


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def _said(campaign: Campaign) -> str:
    campaign.refresh_from_db()
    return str(campaign.state_reason)


def _reasons(campaign: Campaign) -> Counter[str]:
    return Counter(campaign.deliveries.values_list("reason", flat=True))


def _files(outbox: Path) -> list[Path]:
    return [path for path in outbox.rglob("*") if path.is_file()]
