"""How much of what the club asks a member has answered."""

from profiles.models import Answer, Member, Question


def percent_answered(member: Member) -> int:
    """The answered part of the brand's active questions, in whole per cent; 0 when it asks none."""
    asked = Question.objects.filter(group__brand=member.account.brand_id, is_active=True)
    number = asked.count()
    there = Answer.objects.filter(member=member, question__in=asked)
    answered = there.values("question").distinct().count()
    return answered * 100 // number if number else 0
