"""The names of the club's illustrations, as marketers choose them."""

from django.utils.translation import gettext_lazy as _

PICTURES = [
    ("bread", _("Bread")),
    ("cheese", _("Cheese")),
    ("tomato", _("Tomato")),
    ("vegetables", _("Vegetables")),
    ("fruit", _("Fruit")),
    ("wine", _("Wine")),
    ("fish", _("Fish")),
    ("meat", _("Meat")),
    ("coffee", _("Coffee")),
    ("flowers", _("Flowers")),
    ("cleaning", _("Cleaning")),
    ("baby", _("Baby")),
    ("pets", _("Pets")),
    ("basket", _("Basket")),
    ("letter", _("Letter")),
    ("door", _("Shop door")),
    ("tag", _("Price tag")),
]
