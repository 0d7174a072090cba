"""Options of the message broker, by the kind of broker in ``CELERY_BROKER_URL``."""

from pathlib import Path
from typing import Any

# Without socket timeouts, publishing to a stopped (not refusing) Redis hangs for ever.
REDIS_OPTIONS: dict[str, Any] = {
    "visibility_timeout": 600,
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
    "health_check_interval": 25,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}


def broker_options(url: str, var_dir: Path) -> dict[str, Any]:
    """Return the transport options for ``url``; the embedded broker lives under ``var_dir``."""
    scheme = url.partition("://")[0]
    if scheme == "filesystem":
        return _folders(var_dir / "broker")
    if scheme in {"redis", "rediss", "sentinel"}:
        return dict(REDIS_OPTIONS)
    return {"confirm_publish": True} if scheme.startswith("amqp") else {}


def prepare_broker_folders(options: dict[str, Any]) -> None:
    """Create the embedded broker's folders; other brokers have none."""
    for name in ("data_folder_in", "processed_folder", "control_folder"):
        if name in options:
            Path(options[name]).mkdir(parents=True, exist_ok=True)


def _folders(root: Path) -> dict[str, Any]:
    """One folder in and out: whatever is published is what the workers read."""
    return {
        "data_folder_in": str(root / "messages"),
        "data_folder_out": str(root / "messages"),
        "processed_folder": str(root / "taken"),
        "control_folder": root / "control",
        "store_processed": False,
        "polling_interval": 0.1,  # seconds
    }
