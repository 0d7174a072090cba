"""Production refuses settings that are only fit for a demo, and says which."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

SAFE = {
    "REGULARS_ENV": "production",
    "SECRET_KEY": "s" * 60,
    "ALLOWED_HOSTS": "club.example",
    "REGULARS_BASE_URL": "https://club.example",
    "REGULARS_TRANSPORT": "esp",
    "SENDGRID_WEBHOOK_VERIFICATION_KEY": "key",
}


def start(var: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own, as a server would."""
    inherited = {k: v for k, v in os.environ.items() if k not in {*SAFE, "DEBUG"}}
    return subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env={**inherited, **SAFE, "REGULARS_VAR": str(var), **changed},
        capture_output=True,
        text=True,
    )


def test_production_starts_with_safe_settings(tmp_path: Path) -> None:
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("DEBUG", "on", "DEBUG must be off"),
        ("SECRET_KEY", "", "SECRET_KEY must be set"),
        ("SECRET_KEY", "short", "SECRET_KEY must be set"),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS must name"),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS must name"),
        ("SENDGRID_WEBHOOK_VERIFICATION_KEY", "", "SENDGRID_WEBHOOK_VERIFICATION_KEY must be set"),
        ("REGULARS_DEMO", "on", "REGULARS_DEMO must be off"),
        ("REGULARS_BASE_URL", "http://club.example", "must start with https://"),
    ],
)
def test_production_refuses_unsafe_settings(
    tmp_path: Path, name: str, value: str, complaint: str
) -> None:
    done = start(tmp_path, **{name: value})
    assert done.returncode != 0
    assert complaint in done.stderr


def test_embedded_club_makes_its_own_secret_key_once(tmp_path: Path) -> None:
    first = start(tmp_path, REGULARS_ENV="embedded", SECRET_KEY="")
    key = (tmp_path / "secret-key").read_text()
    second = start(tmp_path, REGULARS_ENV="embedded", SECRET_KEY="")
    assert first.returncode == second.returncode == 0
    assert len(key) >= 50
    assert (tmp_path / "secret-key").read_text() == key
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0
