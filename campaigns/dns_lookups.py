"""DNS look-ups that end: each after a short while, all of them after a few seconds.

Whether a record is missing or could not be looked up are different things to a reader, and the
same to most libraries; this resolver remembers what it could not look up.
"""

import time
from typing import Any

import dns.exception
import dns.resolver

PATIENCE = 2.0  # seconds for one look-up
BUDGET = 8.0  # seconds for all of them


class Resolver(dns.resolver.Resolver):
    """The system's resolver with an end. Raises what dnspython raises."""

    def __init__(self) -> None:
        super().__init__()
        self.timeout, self.lifetime = 1.0, PATIENCE
        self.failed: set[str] = set()
        self._ends = time.monotonic() + BUDGET
        self._answered = self._is_away = False

    def resolve(self, qname: Any, rdtype: Any = "A", *args: Any, **options: Any) -> Any:
        """Look up; after the first silence, or the end of the budget, without asking."""
        left = min(PATIENCE, self._ends - time.monotonic())
        try:
            if self._is_away or left <= 0:
                raise dns.exception.Timeout
            answer = super().resolve(qname, rdtype, *args, **{**options, "lifetime": left})
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            self._answered = True
            raise
        except (dns.exception.DNSException, OSError):
            self._is_away = not self._answered
            self._note(rdtype)
            raise
        self._answered = True
        return answer

    def texts(self, name: str, rdtype: str) -> list[str] | None:
        """The answers as text; empty when there is no such record, None when nobody answered."""
        try:
            return [_text(answer) for answer in self.resolve(name, rdtype)]
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            return []
        except (dns.exception.DNSException, OSError):
            return None

    def _note(self, rdtype: Any) -> None:
        # checkdmarc also asks for records of the type SPF, which many servers do not know.
        if str(rdtype).upper() != "SPF":
            self.failed.add(str(rdtype))


def system_resolver() -> Resolver | None:
    """A resolver as the system is set up; None when it is not."""
    try:
        return Resolver()
    except (dns.exception.DNSException, OSError):
        return None


def _text(answer: Any) -> str:
    strings = getattr(answer, "strings", None)
    if strings is None:
        return str(answer.to_text()).rstrip(".")
    return b"".join(strings).decode(errors="replace")
