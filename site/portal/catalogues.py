"""The translated texts of the member's side: found in the sources, compiled for gettext.

Written in Python so that neither gettext's programs nor a build step are needed.
"""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils.translation.template import templatize

FOLDER = Path(__file__).parent / "locale"
KEYWORDS = dict.fromkeys(("_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"))
TEMPLATES = (
    "*.html",
    "components/*.html",
    "portal/*.html",
    "profiles/*.html",
    "profiles/email/*",
)
# The demo inbox and what staff read in Wagtail stay in English.
STAFF_ONLY = ("blocks.py", "pictures.py", "pages.py", "club_settings.py")

Message = str | tuple[str, str]


def messages() -> set[Message]:
    """Every text that a member may read; a pair has a plural."""
    from babel.messages.extract import extract_python

    found: set[Message] = set()
    for source in _sources():
        calls = extract_python(BytesIO(source.encode()), KEYWORDS, [], {"encoding": "utf-8"})
        for _line, function, text, _comments in calls:
            texts = [part for part in ([text] if isinstance(text, str) else text) if part]
            has_plural = str(function).startswith("n")
            found.add((texts[0], texts[1]) if has_plural else texts[0])
    return found


def compile_stale() -> list[Path]:
    """Compile each ``.po`` that is newer than its ``.mo``; returns what was written."""
    written = []
    for source in FOLDER.glob("*/LC_MESSAGES/django.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            _compile(source, target)
            written.append(target)
    return written


def _compile(source: Path, target: Path) -> None:
    """Write under another name and rename: a process that starts now reads all or nothing."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parts[-3])
    hidden = target.with_suffix(f".{os.getpid()}")
    with hidden.open("wb") as file:
        write_mo(file, catalogue)
    hidden.replace(target)


def _sources() -> Iterator[str]:
    base = Path(settings.BASE_DIR)
    for pattern in TEMPLATES:
        for path in sorted((base / "templates").glob(pattern)):
            calls = templatize(path.read_text(), origin=str(path))
            # What is left reads as Python once the template's own indentation is gone.
            yield "\n".join(line.strip() for line in calls.splitlines())
    here = Path(__file__).parent
    told = [*(base / "loyalty").glob("statement*.py"), base / "loyalty/reward_refusals.py"]
    told += [base / "loyalty/claiming.py", base / "profiles/personal_data.py"]
    told += [*base.glob("*/holdings.py"), base / "profiles/preferences.py"]
    for path in [*here.glob("*.py"), *here.glob("[!dm]*/*.py"), *told]:
        if path.name not in STAFF_ONLY and path.name != Path(__file__).name:
            yield path.read_text()
