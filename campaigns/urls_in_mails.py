"""The addresses that a mail carries: ids and a purpose-bound MAC, never a destination.

A mail of a member who has not granted tracking gets no click and no open address, and its offers
lead to their public page; unsubscribing and preferences need to know whom they serve.
"""

from django.conf import settings

from profiles import signed_links

# Real ids have about this length, so that a preview is as long as the mail that will be sent.
INERT_DELIVERY, INERT_LINK = 1_500_000, 15_000
INERT_ANSWER = 150, 1_500  # a question and a choice
INERT = "preview"


class MailAddresses:
    """Writes the addresses of many mails; what they have in common is looked up once."""

    def __init__(self) -> None:
        self._base = settings.REGULARS_BASE_URL
        self._click = signed_links.signer(signed_links.CLICK)
        self._open = signed_links.signer(signed_links.OPEN)
        self._view = signed_links.signer(signed_links.VIEW)
        self._unsubscribe = signed_links.signer(signed_links.UNSUBSCRIBE)
        self._preferences = signed_links.signer(signed_links.PREFERENCES)
        self._answer = signed_links.signer(signed_links.ANSWER)
        self._offer = signed_links.signer(signed_links.OFFER)

    def click(self, delivery_id: int, link_id: int) -> str:
        """Record a click of this delivery on this link, then go where the link leads."""
        return f"{self._base}/c/{self._click(delivery_id, link_id)}/"

    def pixel(self, delivery_id: int) -> str:
        """The picture of one transparent pixel that records an open."""
        return f"{self._base}/o/{self._open(delivery_id)}.gif"

    def view(self, delivery_id: int) -> str:
        """The mail as it was sent, in a browser."""
        return f"{self._base}/view/{self._view(delivery_id)}/"

    def unsubscribe(self, member_id: int, topic_id: int, delivery_id: int) -> str:
        """The page, and the one-click address (RFC 8058), that ends a topic for a member."""
        return f"{self._base}/unsubscribe/{self._unsubscribe(member_id, topic_id, delivery_id)}/"

    def preferences(self, member_id: int, delivery_id: int) -> str:
        """The preference centre of a member."""
        return f"{self._base}/preferences/{self._preferences(member_id, delivery_id)}/"

    def answer(self, member_id: int, delivery_id: int, question_id: int, proposed: int) -> str:
        """The page on which a question is answered; ``proposed`` as in ``campaigns.proposals``."""
        token = self._answer(member_id, delivery_id, question_id, proposed)
        return f"{self._base}/answer/{token}/"

    def offer(self, voucher_id: int, delivery_id: int) -> str:
        """The page of a member's voucher; a delivery id other than 0 lets it record a click."""
        return f"{self._base}/offer/{self._offer(voucher_id, delivery_id)}/"

    def public_offer(self, offer_id: int) -> str:
        """The page of an offer that identifies nobody."""
        return f"{self._base}/offers/{offer_id}/"


def inert_url(prefix: str, *more: int) -> str:
    """An address as long as a real one, with a token that opens nothing."""
    token = signed_links.make(INERT, INERT_DELIVERY, INERT_LINK, *more)
    return f"{settings.REGULARS_BASE_URL}/{prefix}/{token}/"
