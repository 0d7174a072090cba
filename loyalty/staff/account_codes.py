"""The accounts of the company's general ledger, which the journal of a month names."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.admin.viewsets.model import ModelViewSet

from loyalty.models import LedgerAccountCode
from loyalty.staff.menus import REPORTS_MENU


class AccountCodeViewSet(ModelViewSet):
    """On which two accounts an event of the books is booked, for each brand."""

    model = LedgerAccountCode
    icon = "list-ul"
    menu_label = _("Ledger accounts")
    menu_hook = REPORTS_MENU
    menu_order = 24
    copy_view_enabled = False
    list_display = ["event", "debit", "credit", "brand"]
    list_filter = ["brand"]
    panels = [
        FieldRowPanel([FieldPanel("brand"), FieldPanel("event")]),
        FieldRowPanel(
            [
                FieldPanel("debit", heading=_("Debit, when the club owes more")),
                FieldPanel("credit", heading=_("Credit, when the club owes more")),
            ]
        ),
    ]
