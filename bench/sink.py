"""A mail server that accepts everything and keeps nothing, with PIPELINING (RFC 2920).

``python -m bench.sink PORT``. It does only what a sender must be able to rely on: one reply per
command, in order, and 250 after the final dot. It ends on SIGTERM and prints what it accepted.
"""

import asyncio
import signal
import sys

GREETING = b"220 sink ESMTP\r\n"
EHLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 0\r\n"
END_OF_DATA = b"\r\n.\r\n"
REPLIES = {
    b"EHLO": EHLO,
    b"HELO": b"250 sink\r\n",
    b"MAIL": b"250 2.1.0 ok\r\n",
    b"RCPT": b"250 2.1.5 ok\r\n",
    b"DATA": b"354 go ahead\r\n",
    b"RSET": b"250 2.0.0 ok\r\n",
    b"NOOP": b"250 2.0.0 ok\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}


class Session(asyncio.Protocol):
    """One connection. Bodies are skipped by searching their end; commands are lines."""

    accepted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self.transport = transport
        self.waiting = b""
        self.in_body = False
        self._write(GREETING)

    def data_received(self, data: bytes) -> None:
        """Take in what came and answer all of it in one write."""
        self.waiting += data
        replies: list[bytes] = []
        while self._step(replies):
            pass
        if replies:
            self._write(b"".join(replies))

    def _step(self, replies: list[bytes]) -> bool:
        return self._body(replies) if self.in_body else self._command(replies)

    def _body(self, replies: list[bytes]) -> bool:
        end = self.waiting.find(END_OF_DATA)
        if end < 0:
            # Only the end of the mark may still be missing: the rest is of no use any more.
            self.waiting = self.waiting[-(len(END_OF_DATA) - 1) :]
            return False
        self.waiting = self.waiting[end + len(END_OF_DATA) :]
        self.in_body = False
        Session.accepted += 1
        replies.append(b"250 2.0.0 accepted\r\n")
        return bool(self.waiting)

    def _command(self, replies: list[bytes]) -> bool:
        line, found, rest = self.waiting.partition(b"\r\n")
        if not found:
            return False
        self.waiting = rest
        verb = line[:4].upper()
        replies.append(REPLIES.get(verb, b"502 5.5.2 what\r\n"))
        self.in_body = verb == b"DATA"
        if self.in_body:
            # A body may begin with the final dot's own line end.
            self.waiting = b"\r\n" + self.waiting
        return bool(self.waiting)

    def _write(self, data: bytes) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.write(data)


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(Session, "127.0.0.1", port, backlog=64)
    async with server:
        await stop.wait()
    print(Session.accepted, flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
