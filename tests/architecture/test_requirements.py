"""What is locked, what is declared and what the project says it needs are the same."""

import re
import tomllib

import pytest

from tests.processes import ROOT

LOCKS = ("base", "demo", "dev")


def lines(name: str) -> list[str]:
    """Return the requirements written in ``requirements/NAME``."""
    text = (ROOT / "requirements" / name).read_text()
    return [line.strip() for line in text.splitlines() if line.strip()]


def pins(lock: str) -> set[tuple[str, str]]:
    """Return name and version of each pin; a name may stand twice, under different markers."""
    return set(re.findall(r"^([\w.-]+)==([^\s;]+)", "\n".join(lines(f"{lock}.txt")), re.MULTILINE))


def test_wheel_declares_what_base_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == lines("base.in")


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_hashes_and_names_no_registry(lock: str) -> None:
    text = "\n".join(lines(f"{lock}.txt"))
    assert text.count("--hash=sha256:") > len(pins(lock))
    assert "://" not in text
    assert "--index-url" not in text


@pytest.mark.parametrize("lock", ["base", "demo"])
def test_locks_agree_on_versions(lock: str) -> None:
    assert pins(lock)
    assert pins(lock) <= pins("dev")
