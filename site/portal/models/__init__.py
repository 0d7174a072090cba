"""The portal's page types and its setting."""

from portal.models.club_pages import ClubPage, OffersPage, RewardsPage
from portal.models.club_settings import ClubSettings
from portal.models.pages import ContentPage, HomePage, JoinPage, LandingPage
from portal.models.stories import StoriesPage, StoryPage

__all__ = [
    "ClubPage",
    "ClubSettings",
    "ContentPage",
    "HomePage",
    "JoinPage",
    "LandingPage",
    "OffersPage",
    "RewardsPage",
    "StoriesPage",
    "StoryPage",
]
