"""The text part says what the HTML says, readable on its own."""

from campaigns.composition.rendering import render_parts
from tests.campaigns.composition.mails import ANA, SITE, compiled

EXPECTED = f"""\
LA ESQUINA
The shop where they know your name

This week
Ana, the tomatoes are back

Picked on Monday, on our shelves since this morning.

Hello Ana García,

here is what is new in Sevilla. See all <{ANA["links"][0]}>.

– Open until nine
– Bread at five

Without meat

Three recipes that taste of summer.

→ Recipes: {ANA["links"][1]}

Put aside for you

* 1 € off tomatoes
On a kilo.
Your code: 7KQ2-MX4P-9TRD
Valid until 29 November
→ See the offer: {SITE}/offer/AbCdEfGhIjKlMnOpQrStUvWxYz012345/

* Rioja at half price
Because you like Rioja.
Your code: 4HJT-22QX-ABCD
Valid until 29 November
→ See the offer: {SITE}/offer/BbCdEfGhIjKlMnOpQrStUvWxYz012345/

2 more are waiting for you in the club.

120 points on your card
30 more and the next coffee is ours.

Bread

Sourdough at five.

→ Coffee: {ANA["links"][2]}

What may we leave out?
→ Meat: {ANA["url"]["preferences"]}

* * *

Our blog: {ANA["links"][3]}

--\x20
You get this because you follow “Weekly offers” at La Esquina.
La Esquina · Calle Mayor 1, 41001 Sevilla
Preferences: {ANA["url"]["preferences"]}
Unsubscribe: {ANA["url"]["unsubscribe"]}
View in browser: {ANA["url"]["view"]}
"""


def test_the_whole_mail_as_text() -> None:
    assert render_parts(compiled(), ANA).text == EXPECTED


def test_a_service_mail_explains_itself_and_offers_no_way_out() -> None:
    text = render_parts(compiled(kind="service"), ANA).text
    assert "not advertising" in text
    assert "Unsubscribe" not in text
    assert "Calle Mayor 1" in text
