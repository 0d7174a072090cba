"""The tables of segments, campaigns, deliveries and responses, split by aggregate."""

from campaigns.models.approvals import Approval, ContentEdit
from campaigns.models.campaigns import Campaign, CampaignEmail, CampaignOffer
from campaigns.models.deliveries import OPEN_STATES, Delivery
from campaigns.models.emails import CompiledEmail, TrackedLink
from campaigns.models.four_eyes import FourEyesTask
from campaigns.models.responses import HourlyTotal, RawEvent, Response, ResponseKey
from campaigns.models.segments import Segment
from campaigns.models.sender_domains import SenderDomainCheck
from campaigns.models.sending import (
    ConnectionSlot,
    DomainLimit,
    RateClock,
    SendingRules,
    SendingSwitch,
    UnknownDecision,
    WarmUpCount,
)

__all__ = [
    "OPEN_STATES",
    "Approval",
    "Campaign",
    "CampaignEmail",
    "CampaignOffer",
    "CompiledEmail",
    "ConnectionSlot",
    "ContentEdit",
    "Delivery",
    "DomainLimit",
    "FourEyesTask",
    "HourlyTotal",
    "RateClock",
    "RawEvent",
    "Response",
    "ResponseKey",
    "Segment",
    "SenderDomainCheck",
    "SendingRules",
    "SendingSwitch",
    "TrackedLink",
    "UnknownDecision",
    "WarmUpCount",
]
