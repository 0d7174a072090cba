"""A mail server that remembers what it accepted: the judge of every no-loss, no-duplicate test.

Run as a process of its own (``python -m tests.oracle``). Each accepted mail is one JSON line in
the log, written before the client is told, so a reply never goes out for a mail not on record.
It also takes what is complete when its sender dies, as real servers do. How it misbehaves is said
in ``tests.oracle_faults``, in a file that is read again whenever it changes.
"""

import argparse
import asyncio
import json
import os
import re
import time
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.oracle_faults import DROP, HANG, Fault, Faults

DELIVERY_HEADERS = ("X-Regulars-Delivery", "Message-ID")
LINGER = 0.2  # seconds for what is in the buffers when a sender dies
FOREVER = 3_600  # seconds


class Oracle:
    """Accepts or refuses as told, and logs what it decides on each body."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.faults = Faults(Path(options.control))
        self.log = os.open(options.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    async def handle_EHLO(  # noqa: N802 - the name is the library's
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, replies: list[str]
    ) -> list[str]:
        """Offer PIPELINING when told to, and a STARTTLS that will be refused."""
        session.host_name = name
        offer = ["250-PIPELINING"] if self.options.pipelining else []
        offer += ["250-STARTTLS"] if self.faults.has("starttls") else []
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
        self, server: "OracleSMTP", _session: Session, envelope: Envelope
    ) -> str:
        """Take the time it is told to, put the mail on record, then accept it."""
        await asyncio.sleep(self.options.delay)
        fault = self.faults.at("dot", ",".join(envelope.rcpt_tos))
        if fault is None or fault.kept:
            self.note("accepted", envelope)
        if fault is None:
            return "250 accepted"
        await server.misbehave(fault)
        return fault.reply

    def note(self, decision: str, envelope: Envelope) -> None:
        """Put a decision on record."""
        content = envelope.original_content or b""
        headers = BytesHeaderParser().parsebytes(content)
        found = [headers[name] for name in DELIVERY_HEADERS if headers[name]]
        entry = {
            "decision": decision,
            "delivery": found[0] if found else "",
            "attempt": headers["X-Regulars-Attempt"],
            "to": envelope.rcpt_tos,
            "bytes": len(content),
            "at": time.time(),
        }
        os.write(self.log, json.dumps(entry).encode() + b"\n")


class OracleSMTP(SMTP):
    """The library's server, with a fault at any step."""

    event_handler: Oracle

    async def _handle_client(self) -> None:
        if not await self._struck("greeting"):
            await super()._handle_client()

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        """Refuse, for it was offered only to be refused."""
        if not await self._struck("starttls"):
            await super().smtp_STARTTLS(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        """The sender."""
        if not await self._struck("sender", arg or ""):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        """The recipient."""
        if not await self._struck("recipient", arg or ""):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """The body; a lenient server asks for one even where it has no recipient."""
        assert self.envelope is not None
        addresses = ",".join(self.envelope.rcpt_tos)
        if not self.envelope.rcpt_tos and self.event_handler.faults.lenient:
            await self._ask_for_nothing(self.envelope)
        elif not await self._struck("data", addresses):
            fault = self.event_handler.faults.at("body", addresses)
            await (self._break_off(fault) if fault else super().smtp_DATA(arg))

    async def misbehave(self, fault: Fault) -> None:
        """Hang or drop, which does not come back; or return for the reply to be sent."""
        if fault.reply == DROP and self.transport is not None:
            self.transport.close()
        if fault.reply in {DROP, HANG}:
            await asyncio.sleep(FOREVER)  # until the connection is gone

    async def _struck(self, step: str, about: str = "") -> bool:
        fault = self.event_handler.faults.at(step, about)
        if fault is None:
            return False
        await self.misbehave(fault)
        await self.push(fault.reply)
        if fault.reply.startswith("421") and self.transport is not None:
            self.transport.close()
            await asyncio.sleep(FOREVER)
        return True

    async def _break_off(self, fault: Fault) -> None:
        await self.push("354 go ahead")
        await self._reader.readuntil(b"\r\n")
        await self.misbehave(fault)

    async def _ask_for_nothing(self, envelope: Envelope) -> None:
        """RFC 2920 §3.1: after 354 a client without recipients sends a lone dot."""
        await self.push("354 go ahead, to nobody")
        lines = [await self._reader.readuntil(b"\r\n")]
        while lines[-1] != b".\r\n":
            lines.append(await self._reader.readuntil(b"\r\n"))
        envelope.original_content = b"".join(lines[:-1])
        self.event_handler.note("stray body" if lines[1:] else "lone dot", envelope)
        self._set_post_data_state()
        await self.push("554 5.5.1 no valid recipients")

    def eof_received(self) -> bool | None:
        """Whoever died has said all it had to say: read that first."""
        self.loop.call_later(LINGER, self._end)
        return True

    def _end(self) -> None:
        if self.transport is not None and self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
            self.transport.close()


async def serve(options: argparse.Namespace) -> None:
    """Listen until the process is ended."""
    handler = Oracle(options)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: OracleSMTP(handler, loop=loop, hostname="oracle.example", enable_SMTPUTF8=True),
        "127.0.0.1",
        options.port,
    )
    async with server:
        await server.serve_forever()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", required=True, help="one JSON line per decision on a body")
    parser.add_argument("--control", default="", help="the file that says how to misbehave")
    parser.add_argument("--pipelining", action="store_true", help="offer RFC 2920")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds per mail")
    parser.add_argument("--refuse", default="", help="pattern of recipients to refuse")
    parser.add_argument("--refusal", default="550 no such mailbox", help="the reply they get")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
