"""Rewards: what points buy, in which amounts, how many there are and who may take them."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.admin.ui.tables import BooleanColumn, Column, TitleColumn
from wagtail.admin.viewsets.model import ModelViewSet

from loyalty.models import Reward
from loyalty.staff.forms import LinesPanel, SettledForm


def points_in_words(reward: Reward) -> str:
    """What it costs, in each of its amounts."""
    return ", ".join(f"{amount.points:,}" for amount in reward.amounts.all()) or str(_("nothing"))


def left_in_words(reward: Reward) -> str:
    """How many are left."""
    if reward.left is None:
        return str(_("enough for all"))
    return _("%(left)s of %(stock)s") % {"left": reward.left, "stock": reward.stock}


class RewardViewSet(ModelViewSet):
    """What members take for their points."""

    model = Reward
    icon = "pick"
    menu_label = _("Rewards")
    add_to_reference_index = False
    copy_view_enabled = False
    list_filter = ["fulfilment", "is_featured"]
    list_display = [
        TitleColumn("__str__", label=_("Title"), url_name="reward:edit"),
        Column("points", label=_("Points"), accessor=points_in_words),
        Column("left", label=_("Left"), accessor=left_in_words),
        Column("fulfilment", label=_("Handed out"), accessor="get_fulfilment_display"),
        BooleanColumn("is_featured", label=_("Featured")),
    ]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("title"),
                    FieldPanel("description"),
                    FieldPanel("terms"),
                    FieldPanel("picture"),
                ],
                heading=_("What members read"),
            ),
            LinesPanel(
                "amounts",
                heading=_("What it costs"),
                label=_("amount"),
                min_num=1,
                help_text=_("Each amount is one way to take the reward."),
                panels=[
                    FieldRowPanel(
                        [
                            FieldPanel("points"),
                            FieldPanel("value_minor", heading=_("Worth")),
                            FieldPanel("currency"),
                        ]
                    ),
                    FieldPanel("label", help_text=_("Only when there is more than one.")),
                    FieldRowPanel(
                        [
                            FieldPanel(
                                "offer", help_text=_("Its voucher, instead of the reward's own.")
                            ),
                            FieldPanel("order"),
                        ]
                    ),
                ],
            ),
            MultiFieldPanel(
                [
                    FieldPanel(
                        "fulfilment",
                        help_text=_("Until staff confirm, the points are only set aside."),
                    ),
                    FieldRowPanel([FieldPanel("offer"), FieldPanel("voucher_days")]),
                ],
                heading=_("How it is handed out"),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("stock"), FieldPanel("minimum_tier")]),
                    FieldRowPanel([FieldPanel("limit_per_account"), FieldPanel("limit_days")]),
                    FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_until")]),
                ],
                heading=_("How many, for whom, and when"),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("brand"), FieldPanel("key")]),
                    FieldRowPanel([FieldPanel("is_featured"), FieldPanel("order")]),
                ],
                heading=_("Place in the catalogue"),
            ),
        ],
        base_form_class=SettledForm,
    )
