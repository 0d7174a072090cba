"""What may stop the demo, told in words instead of a traceback."""


class DemoProblem(Exception):
    """Something stands in the demo's way; the message says what, and what helps."""
