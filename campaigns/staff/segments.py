"""Segments in the staff site: rows that read as sentences, with a live count."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn, UpdatedAtColumn
from wagtail.snippets.views.snippets import SnippetViewSet

from campaigns.models import Segment
from campaigns.segments.compiling import BrokenSegment, Rules
from campaigns.staff.counting import CountPanel, SamplePanel


def in_words(segment: Segment) -> str:
    """The rules as one sentence, or what is wrong with them."""
    try:
        sentences = Rules.of(segment).sentences()
    except BrokenSegment as error:
        return str(error)
    return (" and " if segment.match == "all" else " or ").join(sentences) or "everyone"


class SegmentViewSet(SnippetViewSet):
    """Segments in the staff site."""

    model = Segment
    icon = "group"
    menu_label = _("Segments")
    add_to_admin_menu = False
    search_fields = ["name"]
    list_display = [
        TitleColumn(
            "name",
            label=_("Name"),
            url_name="wagtailsnippets_campaigns_segment:edit",
            sort_key="name",
        ),
        Column("rules", label=_("Members who"), accessor=in_words),
        UpdatedAtColumn(),
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldRowPanel([FieldPanel("brand"), FieldPanel("match", heading=_("Members who fit"))]),
            CountPanel(),
            FieldPanel("rules", heading=_("Members who …")),
            SamplePanel(heading=_("For instance")),
        ]
    )
