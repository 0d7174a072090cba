"""The embedded club's own secret key, made once and kept in ``var/``."""

import os
import secrets
from pathlib import Path


def embedded_secret_key(var_dir: Path) -> str:
    """Return the key kept under ``var_dir``, making it first when there is none.

    Web, worker and beat start at the same moment: the first complete file wins by ``link``, which
    never replaces, and the others read it.
    """
    path = var_dir / "secret-key"
    if not path.exists():
        _offer(path)
    return path.read_text().strip()


def _offer(path: Path) -> None:
    """Write a fresh key under a private name and give it the real one, unless it is taken."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_urlsafe(50))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
