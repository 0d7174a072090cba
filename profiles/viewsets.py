"""What staff keep about the club itself: topics, questions, lists, brands, stores."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn, NumberColumn
from wagtail.admin.views.generic import EditView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.admin.widgets.button import HeaderButton

from profiles import conditions
from profiles.models import (
    Brand,
    MemberList,
    Question,
    QuestionGroup,
    Store,
    Suppression,
    Topic,
)
from profiles.staff_urls import list_import_url
from profiles.views.members import MemberViewSet
from profiles.views.questions import (
    ChoicesPanel,
    QuestionEditView,
    QuestionForm,
    QuestionPage,
)


class TopicViewSet(ModelViewSet):
    """Topics that members can subscribe to."""

    model = Topic
    icon = "mail"
    panels = [
        FieldPanel("name"),
        FieldPanel("description"),
        FieldRowPanel([FieldPanel("frequency"), FieldPanel("example")]),
        FieldRowPanel([FieldPanel("brand"), FieldPanel("key"), FieldPanel("order")]),
        FieldPanel("is_active", heading=_("In use")),
    ]
    list_display = ["__str__", "key", BooleanColumn("is_active", label=_("In use")), "brand"]


class QuestionGroupViewSet(ModelViewSet):
    """Headings under which questions stand."""

    model = QuestionGroup
    icon = "folder-open-1"
    menu_label = _("Groups of questions")
    list_display = ["__str__", "key", "order"]
    panels = [
        FieldPanel("title"),
        FieldRowPanel([FieldPanel("brand"), FieldPanel("key"), FieldPanel("order")]),
    ]


def asked_of(question: Question) -> str:
    """Its condition in words."""
    said = conditions.sentence(question, settings.LANGUAGE_CODE)
    return said or gettext("Every member")


class QuestionViewSet(ModelViewSet):
    """Questions to members, with their choices."""

    model = Question
    icon = "help"
    inspect_view_enabled = True
    copy_view_enabled = False
    edit_view_class = QuestionEditView
    inspect_view_class = QuestionPage
    list_filter = ["kind", "is_active", "group"]
    list_display = [
        "__str__",
        Column("group", label=_("Group")),
        Column("kind", label=_("Kind"), accessor="get_kind_display"),
        Column("whom", label=_("Asked of"), accessor=asked_of, classname="on-wide"),
        BooleanColumn("ask_at_joining", label=_("At joining"), classname="on-wide"),
        BooleanColumn("is_active", label=_("In use")),
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("text"),
            FieldPanel("purpose"),
            FieldRowPanel([FieldPanel("group"), FieldPanel("key"), FieldPanel("order")]),
            FieldRowPanel([FieldPanel("kind"), FieldPanel("ask_at_joining")]),
            ChoicesPanel(
                "choices",
                heading=_("Choices"),
                label=_("choice"),
                help_text=_("For questions of the kinds one of and any of."),
                panels=[
                    FieldPanel("label"),
                    FieldRowPanel([FieldPanel("key"), FieldPanel("picture"), FieldPanel("order")]),
                    FieldPanel("is_active", heading=_("Offered")),
                ],
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("minimum"), FieldPanel("maximum")]),
                    FieldRowPanel([FieldPanel("low_label"), FieldPanel("high_label")]),
                    FieldPanel("max_length"),
                ],
                heading=_("Limits of a scale, a number or a text"),
                classname="collapsed",
            ),
            FieldPanel(
                "only_if",
                heading=_("Ask only who answered"),
                widget=forms.CheckboxSelectMultiple,
                classname="question__condition",
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("ask_again_after_days"), FieldPanel("keep_days")]),
                    FieldPanel("is_sensitive"),
                ],
                heading=_("How long an answer counts, and is kept"),
            ),
            FieldPanel("is_active", heading=_("In use")),
        ],
        base_form_class=QuestionForm,
    )


class MemberListEditView(EditView):
    """A list's name, and the way to fill it from a file."""

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """Import."""
        return [HeaderButton(_("Import a file"), list_import_url(self.object), icon_name="upload")]


class MemberListViewSet(ModelViewSet):
    """Lists of members brought along as files."""

    model = MemberList
    icon = "list-ul"
    menu_label = _("Lists")
    edit_view_class = MemberListEditView
    form_fields = ["brand", "name"]
    search_fields = ["name"]
    list_display = [
        "name",
        NumberColumn("entries", label=_("Members"), accessor=lambda row: row.entries.count()),
        DateColumn("created_at", label=_("Made")),
    ]


class SuppressionViewSet(ModelViewSet):
    """Addresses that must not be mailed, as keyed hashes, and why."""

    model = Suppression
    icon = "no-view"
    copy_view_enabled = False
    inspect_view_enabled = True
    exclude_form_fields: list[str] = []
    list_filter = ["reason", "source"]
    list_display = [
        Column("reason", label=_("Why"), accessor="get_reason_display"),
        Column("source", label=_("Told by")),
        Column("detail", label=_("Detail")),
        DateColumn("created_at", label=_("Since")),
    ]


class BrandViewSet(ModelViewSet):
    """Brands: sender, look, zone."""

    model = Brand
    icon = "site"
    copy_view_enabled = False
    list_display = ["name", "sender_name", "sender_email", "time_zone"]
    panels = [
        FieldRowPanel([FieldPanel("name"), FieldPanel("slug")]),
        FieldPanel("strapline"),
        FieldRowPanel(
            [FieldPanel("sender_name"), FieldPanel("sender_email"), FieldPanel("reply_to")]
        ),
        FieldPanel("postal_address"),
        FieldRowPanel(
            [FieldPanel("default_language"), FieldPanel("time_zone"), FieldPanel("currency")]
        ),
        FieldRowPanel(
            [FieldPanel(colour) for colour in ("paper", "ink", "accent", "support", "line")]
        ),
    ]


class StoreViewSet(ModelViewSet):
    """Shops, known to tills by their code."""

    model = Store
    icon = "home"
    list_display = ["name", "code", "brand"]
    form_fields = ["brand", "name", "code"]
    search_fields = ["name", "code"]


class ClubGroup(ModelViewSetGroup):
    """The menu about the club and its members."""

    items: tuple[Any, ...] = (
        MemberViewSet,
        MemberListViewSet,
        TopicViewSet,
        QuestionViewSet,
        QuestionGroupViewSet,
        SuppressionViewSet,
        StoreViewSet,
        BrandViewSet,
    )
    menu_icon = "group"
    menu_label = _("Club")
    menu_name = "club"
    menu_order = 100
