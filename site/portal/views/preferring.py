"""The preference centre, opened by a signed link, and leaving the club."""

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from loyalty import bonuses
from loyalty.models import BonusRule
from portal import questions
from portal.preference_form import SOURCE, PreferenceForm
from portal.privacy import requester
from portal.signed_in_by_link import linked, member_of, show
from portal.topics import topic_rows
from profiles import consent
from profiles.completeness import completeness
from profiles.leaving import leave
from profiles.localised import localise
from profiles.models import Member, Purpose, Topic

METHODS = ["GET", "HEAD", "POST"]


@linked
@require_http_methods(METHODS)
def preferences(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show what a member decided, or save what they decide now."""
    member = member_of(request, token)
    if member.status == Member.Status.LEFT:
        return show(request, "portal/left.html", member)
    form = _form(request, member)
    if form.is_bound and form.is_valid():
        form.save(requester(request))
        address = reverse("portal:preferences", args=[token])
        return HttpResponseRedirect(f"{address}?saved=1")
    return _page(request, token, form)


@linked
@require_http_methods(METHODS)
def leaving(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask once, then end the membership."""
    member = member_of(request, token)
    if request.method == "POST":
        leave(member, SOURCE, requester(request))
        member.refresh_from_db()
    template = "portal/left.html" if member.status == Member.Status.LEFT else "portal/leave.html"
    return show(request, template, member, token=token)


def _form(request: HttpRequest, member: Member) -> PreferenceForm:
    brand = member.account.brand
    topics = list(Topic.objects.filter(brand=brand, is_active=True))
    data = request.POST if request.method == "POST" else None
    return PreferenceForm(member, topics, questions.questions_for(member), data)


def _page(request: HttpRequest, token: str, form: PreferenceForm) -> HttpResponseBase:
    member = form.member
    told = completeness(member)
    chosen = {str(value) for value in form["topics"].value() or []}
    wording = consent.current_wording(member.account.brand, Purpose.TRACKING, None)
    return show(
        request,
        "portal/preferences.html",
        member,
        form=form,
        token=token,
        topics=topic_rows(form.offered, member.language, chosen),
        groups=questions.groups(form, form.asked, member.language, told),
        percent=told.percent,
        bonus=bonuses.waiting(member, BonusRule.Occasion.PROFILE),
        tracking_wording=localise(wording.text, member.language) if wording else "",
        saved="saved" in request.GET and not form.is_bound,
    )
