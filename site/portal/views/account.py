"""What only a signed-in member sees: their details, their mails, ways to sign in, their data."""

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import sent_mails
from campaigns.models import Delivery
from campaigns.views.tracked import mail_page
from portal.address_field import AddressField
from portal.signed_in_by_link import ME, linked, show, signed_in
from profiles import address_changes, details
from profiles.models import Member

MAILS = 20


class DetailsForm(forms.Form):
    """Name and telephone; nothing is required."""

    first_name = forms.CharField(label=_("First name"), required=False, max_length=80)
    last_name = forms.CharField(label=_("Last name"), required=False, max_length=80)
    phone = forms.RegexField(
        r"^\+?[0-9 ()./-]{5,20}$",
        label=_("Telephone"),
        required=False,
        max_length=20,
        error_messages={"invalid": _("Write digits, and the country's code if it is not ours.")},
    )


class AddressForm(forms.Form):
    """Another address to write to."""

    email = AddressField(label=_("New e-mail address"))


@linked
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponseBase:
    """Name and telephone, and the ways to everything else."""
    member = signed_in(request)
    form = DetailsForm(request.POST or None, initial=_details(member))
    if form.is_bound and form.is_valid():
        details.change(member, **form.cleaned_data)
        return HttpResponseRedirect(f"{reverse('portal:account')}?saved=1")
    return show(
        request,
        "portal/account.html",
        member,
        422 if form.is_bound else 200,
        token=ME,
        form=form,
        mails=sent_mails.mails_of(member).count(),
        saved="saved" in request.GET and not form.is_bound,
    )


@linked
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest) -> HttpResponseBase:
    """Ask for another address; the answer is the same whether or not it is known."""
    member = signed_in(request)
    form = AddressForm(request.POST or None)
    if form.is_bound and form.is_valid():
        address_changes.ask(member, form.cleaned_data["email"])
        return HttpResponseRedirect(f"{reverse('portal:address')}?asked=1")
    return show(
        request,
        "portal/address.html",
        member,
        422 if form.is_bound else 200,
        token=ME,
        form=form,
        asked="asked" in request.GET and not form.is_bound,
    )


@linked
@require_http_methods(["GET", "HEAD", "POST"])
def new_address(request: HttpRequest, token: str) -> HttpResponseBase:
    """What the mail to a new address opens; only its button changes anything."""
    change = address_changes.peek(token)
    made = taken = False
    if request.method == "POST":
        try:
            made = bool(address_changes.make(token))
        except address_changes.AddressTaken:
            taken = True
    return show(
        request,
        "portal/new_address.html",
        change.member,
        address=change.email,
        made=made,
        taken=taken,
    )


@linked
@require_safe
def messages(request: HttpRequest) -> HttpResponseBase:
    """Every mail that was sent to the member, newest first."""
    member = signed_in(request)
    page = Paginator(sent_mails.mails_of(member), MAILS).get_page(request.GET.get("page"))
    rows = [(mail, sent_mails.as_sent(mail).subject) for mail in page.object_list]
    return show(request, "portal/messages.html", member, token=ME, page=page, rows=rows)


@linked
@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One mail, in a frame of its own."""
    member = signed_in(request)
    mail = _mail(member, pk)
    subject = sent_mails.as_sent(mail).subject
    return show(request, "portal/message.html", member, token=ME, mail=mail, subject=subject)


@linked
@require_safe
@xframe_options_sameorigin
def message_body(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The mail itself, as it was sent; its links open outside the frame."""
    page = mail_page(_mail(signed_in(request), pk))
    page.content = page.content.replace(b"<head>", b'<head><base target="_blank">', 1)
    return page


def _mail(member: Member, pk: int) -> Delivery:
    mail = sent_mails.mails_of(member).filter(pk=pk).first()
    if mail is None:
        raise Http404
    return mail


def _details(member: Member) -> dict[str, str]:
    return {name: getattr(member, name) for name in DetailsForm.base_fields}
