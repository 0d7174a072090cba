"""News for the apps above, sent inside the transaction of the change: a failing receiver undoes it.

``purchase_recorded(purchase)`` after a purchase with its lines; ``voucher_redeemed(use)`` after a
voucher was used; ``tier_changed(changes)``, a queryset of new ``TierChange`` rows, after accounts
changed their tier: one account's step, or those of a whole batch. Bulk loading of history is
silent.
"""

from django.dispatch import Signal

purchase_recorded = Signal()
voucher_redeemed = Signal()
tier_changed = Signal()
