"""The clock that sends hints: it goes on when the machine's clock is set back.

Celery's own compares wall-clock times. After two hours back it would send nothing for two hours.
"""

from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler

SKEW = timedelta(seconds=10)


class SteadyScheduler(PersistentScheduler):
    """Begins anew when something was last sent in the future."""

    def tick(self, *arguments: Any, **options: Any) -> Any:
        """Send what is due; return the seconds until the next look."""
        now = self.app.now()
        if any(entry.last_run_at > now + SKEW for entry in self.schedule.values()):
            for entry in self.schedule.values():
                entry.last_run_at = now
            self._heap = None
        return super().tick(*arguments, **options)
