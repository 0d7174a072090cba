"""The page about sender domains: the records to set, and how they are."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from campaigns.sender_domains import AWAY, GOOD, LACKS, LOOK, MISSING, WRONG, check, sender_domains
from campaigns.staff.screens import CHANGE, Screen

WORDS = {
    GOOD: ("In order", "success"),
    LOOK: ("There, with remarks", "info-circle"),
    LACKS: ("Lacks something", "warning"),
    WRONG: ("Needs a change", "warning"),
    MISSING: ("Not there", "error"),
    AWAY: ("Could not be looked up just now", "help"),
    "": ("Not looked up yet", "help"),
}
SENT_BY = {
    "smtp": "These are the records for sending through the mail server of this installation.",
    "esp": "These are the records for sending through the mail provider of this installation.",
    "files": "This installation writes its mails into files and sends none. The records below are "
    "those for a mail server of your own.",
}


class CheckForm(forms.Form):
    """What to look up."""

    domain = forms.CharField(max_length=253, widget=forms.HiddenInput)
    selector = forms.CharField(
        required=False,
        max_length=63,
        validators=[RegexValidator(r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")],
    )


class SenderDomains(Screen):
    """Every sender's domain; looks up on POST only."""

    page_title = _("Sender domains")
    header_icon = "globe"
    template_name = "campaigns/staff/sender_domains.html"

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        """Look one domain up."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        form = CheckForm(request.POST)
        if not form.is_valid():
            messages.error(request, "A selector is letters, digits and hyphens, like s1 or mail-2.")
            return redirect(reverse("campaigns_staff:sender_domains"))
        domain = form.cleaned_data["domain"]
        if domain not in {known.name for known in sender_domains()}:
            raise Http404
        found = check(domain, form.cleaned_data["selector"]).findings.values()
        if all(finding["state"] == AWAY for finding in found):
            messages.warning(request, f"{domain} could not be looked up just now. Try again later.")
        else:
            messages.success(request, f"The records of {domain} were looked up.")
        return redirect(reverse("campaigns_staff:sender_domains"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each domain with its records in words."""
        transport = settings.REGULARS_TRANSPORT
        context: dict[str, Any] = super().get_context_data(
            domains=[
                (domain, [(*row, *WORDS[row[1].state if row[1] else ""]) for row in domain.records])
                for domain in sender_domains()
            ],
            sent_by=SENT_BY.get(transport, ""),
            asks_selector=transport != "esp",
            may_check=self.request.user.has_perm(CHANGE),
            **kwargs,
        )
        return context
