"""The tables of the member's profile, split by aggregate."""

from profiles.models.address_changes import AddressChange
from profiles.models.asking import QuestionSkip
from profiles.models.brands import Brand, Store
from profiles.models.cards import Card, CardBatch, CardEvent
from profiles.models.consent import (
    ConsentEvent,
    ConsentWording,
    OptInMail,
    Purpose,
    Subscription,
    Topic,
)
from profiles.models.exports import MemberExport
from profiles.models.lists import ImportJob, MemberList, MemberListEntry
from profiles.models.members import Account, ImportantDate, Member
from profiles.models.preferences import Answer, Choice, Question, QuestionGroup
from profiles.models.privacy import PersonalDataEvent
from profiles.models.sign_ins import SignInMail
from profiles.models.suppression import Suppression
from profiles.models.users import User

__all__ = [
    "Account",
    "AddressChange",
    "Answer",
    "Brand",
    "Card",
    "CardBatch",
    "CardEvent",
    "Choice",
    "ConsentEvent",
    "ConsentWording",
    "ImportJob",
    "ImportantDate",
    "Member",
    "MemberExport",
    "MemberList",
    "MemberListEntry",
    "OptInMail",
    "PersonalDataEvent",
    "Purpose",
    "Question",
    "QuestionGroup",
    "QuestionSkip",
    "SignInMail",
    "Store",
    "Subscription",
    "Suppression",
    "Topic",
    "User",
]
