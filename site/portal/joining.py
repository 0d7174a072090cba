"""Joining in three steps without a script: each step is posted, the first travels hidden."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language

from portal import friends, questions
from portal.brand_of import brand_of
from portal.join_forms import AddressForm, TastesForm, join_form
from portal.privacy import keep_private, requester
from portal.topics import topic_rows
from profiles import consent
from profiles.localised import localise
from profiles.models import Brand, Purpose, Topic
from profiles.registration import join

if TYPE_CHECKING:
    from portal.models import JoinPage


def serve(page: "JoinPage", request: HttpRequest) -> HttpResponseBase:
    """Answer the join page's GET and POST."""
    brand = brand_of(request)
    if request.method == "POST":
        return keep_private(_post(page, request, brand))
    return keep_private(_show_address(page, request, brand, _address_form(request, brand)))


def serve_sent(page: "JoinPage", request: HttpRequest) -> HttpResponseBase:
    """Say that a mail is on its way, in the same words for everybody."""
    return keep_private(render(request, "portal/join_sent.html", {"page": page, "step": 3}))


def _post(page: "JoinPage", request: HttpRequest, brand: Brand) -> HttpResponseBase:
    address = _address_form(request, brand)
    if not address.is_valid() or "back" in request.POST:
        return _show_address(page, request, brand, address)
    language = _language()
    asked = questions.questions_of(brand, at_joining=True)
    if request.POST.get("step") != "tastes":
        return _show_tastes(page, request, brand, address, TastesForm(asked, language))
    tastes = TastesForm(asked, language, request.POST)
    if not tastes.is_valid():
        return _show_tastes(page, request, brand, address, tastes)
    join(brand, join_form(address, tastes, asked), requester(request))
    if code := address.cleaned_data["friend"]:
        friends.remember(brand, address.cleaned_data["email"], code)
    return HttpResponseRedirect(page.sent_url(request))


def _address_form(request: HttpRequest, brand: Brand) -> AddressForm:
    topics = list(Topic.objects.filter(brand=brand, is_active=True))
    data = request.POST if request.method == "POST" else None
    friend = request.GET.get("friend", "").replace("\x00", "")
    came_by = request.GET.get("from", "").replace("\x00", "")
    # No topic is switched on beforehand: consent is given, not left in place.
    initial = {"language": _language(), "friend": friend, "came_by": came_by}
    return AddressForm(topics, data, initial=initial)


def _show_address(
    page: "JoinPage", request: HttpRequest, brand: Brand, form: AddressForm
) -> HttpResponseBase:
    chosen = {str(value) for value in form["topics"].value() or []}
    rows = topic_rows(form.offered, _language(), chosen)
    context = {"page": page, "brand": brand, "form": form, "topics": rows, "step": 1}
    return render(request, "portal/join.html", context)


def _show_tastes(
    page: "JoinPage", request: HttpRequest, brand: Brand, address: AddressForm, form: TastesForm
) -> HttpResponseBase:
    language = _language()
    asked = questions.questions_of(brand, at_joining=True)
    wording = consent.current_wording(brand, Purpose.TRACKING, None)
    context: dict[str, Any] = {
        "page": page,
        "brand": brand,
        "address": address,
        "form": form,
        "rows": list(questions.rows(form, asked, language)),
        "tracking_wording": localise(wording.text, language) if wording else "",
        "step": 2,
    }
    return render(request, "portal/join_tastes.html", context)


def _language() -> str:
    return get_language() or "en"
