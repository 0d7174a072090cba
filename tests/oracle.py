"""A mail server that remembers what it accepted: the judge of every no-loss, no-duplicate test.

Run as a process of its own (``python -m tests.oracle``). Each accepted mail is one JSON line in
the log, written before the client is told, so a reply never goes out for a mail not on record.
"""

import argparse
import asyncio
import json
import os
import re
import time
from email.parser import BytesHeaderParser
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

DELIVERY_HEADERS = ("X-Regulars-Delivery", "Message-ID")


class Oracle:
    """Accepts or refuses as told, and logs each acceptance."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.log = os.open(options.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    async def handle_EHLO(  # noqa: N802 - the name is the library's
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, replies: list[str]
    ) -> list[str]:
        """Offer PIPELINING when told to."""
        session.host_name = name
        offer = ["250-PIPELINING"] if self.options.pipelining else []
        return [*replies[:-1], *offer, replies[-1]]

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Refuse recipients that match ``--refuse``."""
        if self.options.refuse and re.search(self.options.refuse, address):
            return str(self.options.refusal)
        envelope.rcpt_tos.append(address)
        return "250 recipient fine"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take the time it is told to, put the mail on record, then accept it."""
        await asyncio.sleep(self.options.delay)
        headers = BytesHeaderParser().parsebytes(envelope.original_content or b"")
        found = [headers[name] for name in DELIVERY_HEADERS if headers[name]]
        entry = {
            "delivery": found[0] if found else "",
            "attempt": headers["X-Regulars-Attempt"],
            "to": envelope.rcpt_tos,
            "bytes": len(envelope.original_content or b""),
            "at": time.time(),
        }
        os.write(self.log, json.dumps(entry).encode() + b"\n")
        return "250 accepted"


async def serve(options: argparse.Namespace) -> None:
    """Listen until the process is ended."""
    handler = Oracle(options)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, loop=loop, hostname="oracle.example", enable_SMTPUTF8=True),
        "127.0.0.1",
        options.port,
    )
    async with server:
        await server.serve_forever()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", required=True, help="one JSON line per accepted mail")
    parser.add_argument("--pipelining", action="store_true", help="offer RFC 2920")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds per mail")
    parser.add_argument("--refuse", default="", help="pattern of recipients to refuse")
    parser.add_argument("--refusal", default="550 no such mailbox", help="the reply they get")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
