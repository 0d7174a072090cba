"""What tills did alone, and what became of it."""

from django.urls import reverse
from django.utils import timezone

from loyalty import till_keys
from loyalty.models import OfflineEvent
from profiles.models import User
from tests import cast
from tests.loyalty.staff.pages import text


def test_offline_events_say_what_became_of_them(club: cast.Club, manager: User) -> None:
    key, _plain = till_keys.create(club.brand, "till-1")
    OfflineEvent.objects.create(
        till=key, kind="purchase", key="a", request_hash="h", occurred_at=timezone.now(),
        state="problem", body={"card": "2900000000017"}, outcome={"detail": "Unknown card"},
    )  # fmt: skip
    url = reverse("loyalty_staff:offline")
    page = text(manager, url)
    assert "Has to be looked at" in page
    assert "2900000000017" not in page
    assert "No till has worked offline." in text(manager, f"{url}?state=recorded")
