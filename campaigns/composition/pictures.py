"""Pictures in a mail: hosted by the club, sized for the column."""

from typing import Final

from wagtail.images import get_image_model

from campaigns.composition.draft import Draft

PICTURE_WIDTH: Final = 1104  # twice the 552 px of the text column, for dense screens


def picture_address(number: int | None, draft: Draft) -> str:
    """The absolute address of a stored picture; a missing one is noted as a problem."""
    picture = get_image_model().objects.filter(pk=number).first() if number else None
    if picture is None:
        draft.problems.append("a picture is missing")
        return ""
    address: str = picture.get_rendition(f"width-{PICTURE_WIDTH}").url
    return draft.base_url + address if address.startswith("/") else address
