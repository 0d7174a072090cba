"""How many members a segment holds while it is being written, with some of them and why."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST
from wagtail.admin.panels import Panel

from campaigns.segments.compiling import BrokenSegment, Rules
from campaigns.segments.rows import SegmentRules
from campaigns.segments.tree import ALL
from profiles.models import Brand, Member


class CountPanel(Panel):
    """The live count above the rules."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "campaigns/staff/segment_count_panel.html"

        @property
        def media(self) -> forms.Media:
            return forms.Media(js=["django_htmx/htmx-2.min.js"])


class SamplePanel(Panel):
    """Some of those who are counted, and why; filled with the count."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "campaigns/staff/segment_sample_panel.html"


@require_POST
def count_members(request: HttpRequest) -> HttpResponse:
    """The fragment with count and sample for the rows as they stand in the editor."""
    if not request.user.has_perm("campaigns.view_segment"):
        raise PermissionDenied
    return render(request, "campaigns/staff/segment_count.html", _counted(request))


def _counted(request: HttpRequest) -> dict[str, Any]:
    brand = Brand.objects.filter(pk=_number(request.POST.get("brand"))).first()
    if brand is None:
        return {"problems": ["Choose the club first."]}
    block = SegmentRules(required=False)
    try:
        value = block.value_from_datadict(request.POST, request.FILES, "rules")
        raw = block.get_prep_value(block.clean(value))
        rules = Rules.checked(brand, request.POST.get("match", "all"), raw)
    except ValidationError:
        return {"problems": ["A row is not complete yet."]}
    except BrokenSegment as error:
        return {"problems": error.problems}
    return {
        "count": rules.members().count(),
        "everyone": Member.objects.filter(account__brand=brand).exclude(status="erased").count(),
        "sentences": rules.sentences(),
        "joint": " and " if rules.root.match == ALL else " or ",
        "sample": rules.sample(),
    }


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 18 else 0
