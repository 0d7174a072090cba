"""Web, worker and beat are real processes on the database of the test."""

import urllib.request

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from wagtail.models import Page

from tests.processes import Deployment, wait_until

pytestmark = pytest.mark.fault

COUNT = "from django.contrib.auth import get_user_model as m; print('users', m().objects.count())"


def test_processes_see_the_database_of_the_test(deployment: Deployment) -> None:
    before = get_user_model().objects.count()
    get_user_model().objects.create_user("bea")
    shell = deployment.start("shell", "manage.py", "shell", "--no-imports", "-c", COUNT)
    assert shell.popen.wait(60) == 0, shell.output()
    assert f"users {before + 1}" in shell.output()


def test_web_serves_pages_and_static_files(deployment: Deployment) -> None:
    base = deployment.web()
    with urllib.request.urlopen(f"{base}/staff/login/", timeout=20) as page:
        assert page.status == 200
        assert "unsafe-inline" in page.headers["Content-Security-Policy"]
    with urllib.request.urlopen(f"{base}/static/wagtailadmin/css/core.css", timeout=20) as file:
        assert file.status == 200


def test_beat_hands_ticks_to_the_worker(deployment: Deployment) -> None:
    worker = deployment.worker()
    deployment.beat()
    wait_until(lambda: "campaigns.tasks.tick" in worker.output(), 30, "a tick in the worker")


def test_page_tree_outlives_transactional_tests(deployment: Deployment) -> None:
    assert connection.in_atomic_block is False
    assert Page.objects.filter(depth=1).exists()
