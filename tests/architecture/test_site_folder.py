"""``site/`` is a plain source folder: it neither shadows the standard library nor gets lost."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

from tests.processes import ROOT

PACKAGES = {"campaigns", "loyalty", "profiles", "config", "portal"}


def test_site_is_still_the_standard_library_module() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import site; print(site.__file__)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert Path(said).parent == Path(sysconfig.get_path("stdlib"))
    assert not (ROOT / "site" / "__init__.py").exists()


def test_gitignore_does_not_hide_the_site_folder() -> None:
    patterns = {line.strip().strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}
    assert "site" not in patterns


def test_wheel_contains_every_package(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    [wheel] = tmp_path.glob("regulars-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} >= PACKAGES
    assert not [name for name in names if name.startswith("site/")]
