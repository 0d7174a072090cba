"""The addresses that mails and ESPs call, and the staff's reports."""
