"""Unsubscribing: one click by RFC 8058, or two on a page.

Both work without a cookie and for ever. The link signs nobody in: its page names the topic and
hints at the address, no more.
"""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns import feedback
from campaigns.feedback import Report
from campaigns.models import Delivery, Response
from portal.privacy import requester
from portal.signed_in_by_link import linked, show
from profiles import consent, signed_links
from profiles.localised import localise
from profiles.models import Member, Topic

ONE_CLICK = "One-Click"


# A mail program posts here without having seen a page; the token is the proof.
@csrf_exempt
@linked
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the page with the button, or act on a click."""
    member, topic, delivery_id = _read(token)
    everything = "everything" in request.POST
    done = request.method == "POST"
    if done:
        _withdraw(request, member, None if everything else topic, delivery_id)
    if request.POST.get("List-Unsubscribe") == ONE_CLICK:
        return HttpResponse("OK", content_type="text/plain")
    return show(
        request,
        "portal/unsubscribed.html" if done else "portal/unsubscribe.html",
        member,
        topic_name=localise(topic.name, member.language) if topic else "",
        hint=_hint(member.email),
        everything=everything or topic is None,
    )


def _read(token: str) -> tuple[Member, Topic | None, int]:
    numbers = signed_links.read(signed_links.UNSUBSCRIBE, token)
    if len(numbers) != 3:
        raise signed_links.BadLink
    member_id, topic_id, delivery_id = numbers
    member = Member.objects.select_related("account__brand").filter(pk=member_id).first()
    topic = Topic.objects.filter(pk=topic_id).first()
    if member is None or (topic_id and topic is None):
        raise signed_links.BadLink
    return member, topic, delivery_id


def _withdraw(request: HttpRequest, member: Member, topic: Topic | None, delivery_id: int) -> None:
    one_click = request.POST.get("List-Unsubscribe") == ONE_CLICK
    source = "one-click" if one_click else "unsubscribe page"
    if topic is None:
        consent.withdraw_all(member, source, requester(request))
    else:
        consent.withdraw_topic(member, topic, source, requester(request))
    if Delivery.objects.filter(pk=delivery_id, member=member).exists():
        feedback.record(
            Report(
                delivery_id=delivery_id,
                kind=Response.Kind.UNSUBSCRIBED,
                key=f"unsubscribed:{delivery_id}",
                occurred_at=timezone.now(),
                source="web",
                actor=Response.Actor.UNKNOWN if one_click else Response.Actor.HUMAN,
                rule=source,
            )
        )


def _hint(email: str) -> str:
    """Enough of an address for its owner to know it by."""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}" if domain else ""
