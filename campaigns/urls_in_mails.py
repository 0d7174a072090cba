"""The addresses that a mail carries: ids and a purpose-bound MAC, never a destination.

A mail of a member who has not granted tracking gets no click and no open address, and its offers
lead to their public page; unsubscribing and preferences need to know whom they serve.
"""

from django.conf import settings

from profiles import signed_links

# Real ids have about this length, so that a preview is as long as the mail that will be sent.
INERT_DELIVERY, INERT_LINK = 1_500_000, 15_000
INERT = "preview"


def click_url(delivery_id: int, link_id: int) -> str:
    """Record a click of this delivery on this link, then go where the link leads."""
    return _url("c", signed_links.make(signed_links.CLICK, delivery_id, link_id))


def pixel_url(delivery_id: int) -> str:
    """The picture of one transparent pixel that records an open."""
    return f"{settings.REGULARS_BASE_URL}/o/{signed_links.make(signed_links.OPEN, delivery_id)}.gif"


def view_url(delivery_id: int) -> str:
    """The mail as it was sent, in a browser."""
    return _url("view", signed_links.make(signed_links.VIEW, delivery_id))


def unsubscribe_url(member_id: int, topic_id: int, delivery_id: int) -> str:
    """The page, and the one-click address (RFC 8058), that ends a topic for a member."""
    token = signed_links.make(signed_links.UNSUBSCRIBE, member_id, topic_id, delivery_id)
    return _url("unsubscribe", token)


def preferences_url(member_id: int, delivery_id: int) -> str:
    """The preference centre of a member."""
    token = signed_links.make(signed_links.PREFERENCES, member_id, delivery_id)
    return _url("preferences", token)


def offer_url(voucher_id: int, delivery_id: int) -> str:
    """The page of a member's voucher; a delivery id other than 0 lets it record a click."""
    return _url("offer", signed_links.make(signed_links.OFFER, voucher_id, delivery_id))


def public_offer_url(offer_id: int) -> str:
    """The page of an offer that identifies nobody."""
    return f"{settings.REGULARS_BASE_URL}/offers/{offer_id}/"


def inert_url(prefix: str) -> str:
    """An address as long as a real one, with a token that opens nothing."""
    return _url(prefix, signed_links.make(INERT, INERT_DELIVERY, INERT_LINK))


def _url(prefix: str, token: str) -> str:
    return f"{settings.REGULARS_BASE_URL}/{prefix}/{token}/"
