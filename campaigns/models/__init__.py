"""The tables of segments, campaigns, deliveries and responses, split by aggregate."""

from campaigns.models.approvals import Approval, ContentEdit
from campaigns.models.campaigns import Campaign, CampaignEmail, CampaignOffer
from campaigns.models.deliveries import OPEN_STATES, Delivery
from campaigns.models.emails import CompiledEmail, TrackedLink
from campaigns.models.four_eyes import FourEyesTask
from campaigns.models.responses import HourlyTotal, RawEvent, Response, ResponseKey
from campaigns.models.segments import Segment

__all__ = [
    "OPEN_STATES",
    "Approval",
    "Campaign",
    "CampaignEmail",
    "CampaignOffer",
    "CompiledEmail",
    "ContentEdit",
    "Delivery",
    "FourEyesTask",
    "HourlyTotal",
    "RawEvent",
    "Response",
    "ResponseKey",
    "Segment",
    "TrackedLink",
]
