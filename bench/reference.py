"""The yardstick of ``send``: a minimal pipelined socket loop over ready bytes.

No database, no members, no promise: the most that one process can push into the same sink. A mail
costs one round trip, because MAIL, RCPT and DATA of the next mail ride behind the body of this
one (RFC 2920).
"""

import socket

ENVELOPE = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"
REPLIES_PER_MAIL = 4


def push(port: int, messages: int, message: bytes) -> None:
    """Send ``messages`` copies of ``message`` (CRLF, ready for DATA) to the local sink."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        replies = connection.makefile("rb")
        replies.readline()
        connection.sendall(b"EHLO bench\r\n")
        _skip_multiline(replies.readline)
        connection.sendall(ENVELOPE)
        body = message + b".\r\n"
        for number in range(messages):
            for _reply in range(REPLIES_PER_MAIL - 1):
                _expect(replies.readline(), b"23")
            last = number == messages - 1
            connection.sendall(body if last else body + ENVELOPE)
            _expect(replies.readline(), b"2")


def _expect(reply: bytes, first: bytes) -> None:
    if reply[:1] not in [bytes([digit]) for digit in first]:
        raise RuntimeError(f"the sink said {reply!r}")


def _skip_multiline(read: object) -> None:
    while callable(read):
        if read()[3:4] != b"-":
            return
