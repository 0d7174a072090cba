"""SendGrid, as far as a club can tell: its mail API with its rules, and its signed events.

The judge of every no-loss, no-duplicate test that sends through an ESP. Run as a process of its
own (``python -m tests.esp_simulator``, or ``running.esp_simulator`` in a test). Each accepted
recipient is one JSON line, written before the caller is told, with the mail as it would arrive.

The rules are those of SendGrid's v3 reference (mail send: errors, limitations; event webhook).
Where its pages disagree on a limit, the stricter one counts.
"""
