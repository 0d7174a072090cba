"""News for the apps above, sent inside the transaction of the change: a failing receiver undoes it.

``member_joined(member)`` when an address was confirmed; ``answered(member, question)`` after an
answer was given. Answers and members that are taken over from elsewhere are silent.
"""

from django.dispatch import Signal

member_joined = Signal()
answered = Signal()
