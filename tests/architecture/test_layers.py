"""Imports point one way: config, portal, campaigns, loyalty, profiles."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT

APPS = ("profiles", "loyalty", "campaigns")
# Edges know HTTP or Celery by their nature; so does what a package keeps under such a name.
EDGES = {
    "admin", "api", "apps", "blocks", "management", "migrations", "middleware", "tasks", "urls",
    "views", "viewsets", "wagtail_hooks", "webhooks", "forms", "panels", "staff", "report_hooks",
}  # fmt: skip
NAMELESS = {"services", "utils", "helpers", "managers", "common", "misc"}
LONGEST = 300  # lines


def sources(*folders: str) -> Iterator[Path]:
    """Yield the Python sources below ``folders``, migrations aside."""
    for folder in folders:
        yield from (
            path for path in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in path.parts
        )


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted name of everything that ``path`` imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def is_edge(path: Path) -> bool:
    """Tell whether any part of the path below its app is an edge's name."""
    return bool(EDGES & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts})


def offenders(paths: Iterator[Path], *banned: str) -> list[str]:
    """Return ``file: import`` for each import of a banned module."""
    return [
        f"{path.relative_to(ROOT)}: {name}"
        for path in paths
        for name in imports(path)
        if any(name == ban or name.startswith(f"{ban}.") for ban in banned)
    ]


def test_imports_point_one_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_domain_modules_know_neither_celery_nor_http() -> None:
    domain = (path for path in sources(*APPS) if not is_edge(path))
    assert offenders(domain, "celery", "django.http") == []


def test_model_signals_are_not_used() -> None:
    # post_migrate alone is about tables, not rows: it installs triggers.
    everything = (
        path
        for path in sources(*APPS, "site", "tests", "bench")
        if path not in {ROOT / "campaigns" / "apps.py", ROOT / "loyalty" / "apps.py"}
    )
    assert offenders(everything, "django.db.models.signals") == []


def test_modules_have_names_that_say_something() -> None:
    named = [path for path in sources(*APPS, "site") if path.stem in NAMELESS]
    assert named == []


@pytest.mark.parametrize("folder", [*APPS, "site/config", "site/portal", "bench"])
def test_files_stay_small(folder: str) -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in sources(folder)}
    assert {str(p.relative_to(ROOT)): n for p, n in lengths.items() if n > LONGEST} == {}
