"""Which addresses SendGrid takes: plain ASCII, one at sign, a domain with a dot."""

import re
from typing import Any, TypeGuard

_ADDRESS = re.compile(
    r"[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]*)\.[\w\-]+"
)


def is_address(value: Any) -> TypeGuard[str]:
    """Whether the value can be mailed to."""
    return isinstance(value, str) and value.isascii() and bool(_ADDRESS.fullmatch(value))
