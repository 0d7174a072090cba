"""One question at a time: on the card, and as the answer that a mail's link proposes.

A mail's link opens a page on which that answer is ticked; only its button says it, for scanners
open links. A link serves its own question and, when that is answered, one more.
"""

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_POST

from portal import questions
from portal.one_question import OneQuestionForm, card_of
from portal.signed_in_by_link import linked, member_of, show
from profiles import asking, preferences, signed_links
from profiles.conditions import conditions
from profiles.models import Member, Question

THANKS, ASIDE, CLOSED = "thanks", "aside", "closed"
CARD = "components/asked.html"


@linked
@require_POST
def one_question(request: HttpRequest, token: str, question_id: int) -> HttpResponseBase:
    """Take the answer to the card's question, or put the question aside."""
    member = member_of(request, token)
    question = _question(member, question_id)
    with translation.override(member.language):
        form = OneQuestionForm(member, question, request.POST)
        outcome = _take(request, form, asking.CARD)
    if outcome:
        return _after(request, member, token, outcome)
    asked = card_of(form, request.path)
    if _by_script(request):
        return show(request, CARD, member, asked=asked)
    return show(request, "portal/answer.html", member, asked=asked)


@linked
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the question with the answer that the link proposes, or take the one that is given."""
    member, question, delivery_id, value = _read(token)
    if request.method != "POST" and "told" in request.GET:
        return _told(request, member, delivery_id)
    if not _is_asked(member, question):
        return show(request, "portal/question_closed.html", member, status=410)
    with translation.override(member.language):
        chosen = questions.chosen_of(question, value - 1) if value else ""
        data = request.POST if request.method == "POST" else None
        form = OneQuestionForm(member, question, data, chosen)
        outcome = _take(request, form, asking.MAIL) if data is not None else ""
    if outcome == CLOSED:
        return show(request, "portal/question_closed.html", member, status=410)
    if outcome:
        return HttpResponseRedirect(f"{request.path}?told={outcome}")
    asked = card_of(form, request.path)
    return show(request, "portal/answer.html", member, asked=asked, proposed=bool(chosen))


def _take(request: HttpRequest, form: OneQuestionForm, source: str) -> str:
    """What came of a post; an empty string when the answer needs a second look."""
    if "skip" in request.POST:
        asking.skip(form.member, form.question)
        return ASIDE
    if not form.is_valid():
        return ""
    try:
        form.save(source)
    except preferences.QuestionClosed:
        return CLOSED
    except preferences.InvalidAnswer as problem:
        # What was offered when the page was opened, and is not any more.
        form.add_error(form.name, str(problem))
        return ""
    return THANKS


def _after(request: HttpRequest, member: Member, token: str, outcome: str) -> HttpResponseBase:
    if _by_script(request):
        return show(request, CARD, member, asked_before=outcome)
    return HttpResponseRedirect(f"{reverse('portal:card', args=[token])}?asked={outcome}#question")


def _told(request: HttpRequest, member: Member, delivery_id: int) -> HttpResponseBase:
    """Thank the member and, if they like, ask one thing more."""
    question, asked = asking.one_more(member), None
    if question:
        key = signed_links.make(signed_links.ANSWER, member.pk, delivery_id, question.pk, 0)
        with translation.override(member.language):
            asked = card_of(OneQuestionForm(member, question), reverse("portal:answer", args=[key]))
    was_told = request.GET["told"] == THANKS
    return show(request, "portal/answered.html", member, asked=asked, was_told=was_told)


def _read(token: str) -> tuple[Member, Question, int, int]:
    numbers = signed_links.read(signed_links.ANSWER, token)
    if len(numbers) != 4:
        raise signed_links.BadLink
    member_id, delivery_id, question_id, value = numbers
    member = Member.objects.select_related("account__brand").filter(pk=member_id).first()
    if member is None or member.status in (Member.Status.ERASED, Member.Status.PENDING):
        raise signed_links.BadLink
    return member, _question(member, question_id), delivery_id, value


def _question(member: Member, question_id: int) -> Question:
    mine = Question.objects.filter(group__brand=member.account.brand_id, pk=question_id)
    question: Question | None = mine.prefetch_related("choices").first()
    if question is None:
        raise signed_links.BadLink
    return question


def _is_asked(member: Member, question: Question) -> bool:
    if member.status != Member.Status.ACTIVE or not question.is_active:
        return False
    return conditions().hold(question.pk, preferences.ticked(member))


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
