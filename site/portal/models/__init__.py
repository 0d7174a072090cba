"""The portal's page types and its setting."""

from portal.models.club_settings import ClubSettings
from portal.models.pages import ContentPage, HomePage, JoinPage

__all__ = ["ClubSettings", "ContentPage", "HomePage", "JoinPage"]
