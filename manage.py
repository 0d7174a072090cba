#!/usr/bin/env python
"""Run a management command, with ``site/`` on the path as a plain source folder."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Hand the command line to Django."""
    sys.path.insert(1, str(Path(__file__).resolve().parent / "site"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
