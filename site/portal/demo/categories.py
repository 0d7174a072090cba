"""The catalogue's terse category names as words for members, in English and Spanish.

A line reads ``CATEGORY | English | Spanish | illustration``.
"""

from dataclasses import dataclass

from portal.demo.wording import Texts


@dataclass(frozen=True)
class Kind:
    """What a category or department is called, and the illustration that stands for it."""

    name: Texts
    picture: str


def kind_of(category: str, department: str) -> Kind:
    """Return the words for a category, else for its department, else for the whole shop."""
    return CATEGORIES.get(category) or DEPARTMENTS.get(department) or WHOLE_SHOP


def department_name(department: str) -> str:
    """Return a department's name as staff read it; one without words of ours keeps its own."""
    known = DEPARTMENTS.get(department)
    return (known.name["en"] if known else department).capitalize()


def _read(lines: str) -> dict[str, Kind]:
    cells = [[cell.strip() for cell in line.split("|")] for line in lines.strip().splitlines()]
    return {key: Kind({"en": english, "es": es}, picture) for key, english, es, picture in cells}


WHOLE_SHOP = Kind({"en": "your groceries", "es": "tu compra"}, "basket")

DEPARTMENTS = _read("""
COSMETICS | beauty and care | belleza y cuidado | cleaning
DELI | the deli counter | la charcutería | cheese
DRUG GM | home and care | hogar y cuidado | cleaning
FLORAL | flowers and plants | flores y plantas | flowers
GARDEN CENTER | the garden | el jardín | flowers
GROCERY | the pantry | la despensa | basket
MEAT | the butcher's counter | la carnicería | meat
MEAT-PCKGD | packaged meat | carne envasada | meat
NUTRITION | natural foods | alimentos naturales | fruit
PASTRY | the bakery | la panadería | bread
PRODUCE | fruit and vegetables | fruta y verdura | fruit
SALAD BAR | the salad bar | la barra de ensaladas | vegetables
SEAFOOD | the fish counter | la pescadería | fish
SEAFOOD-PCKGD | packaged fish | pescado envasado | fish
SPIRITS | wine and spirits | vinos y licores | wine
""")

CATEGORIES = _read("""
AIR CARE | air fresheners | ambientadores | cleaning
ANALGESICS | pain relief | analgésicos | cleaning
ANTACIDS | antacids | antiácidos | cleaning
BABY FOODS | baby food | comida para bebés | baby
BACON | bacon | tocino | meat
BAG SNACKS | crisps and snacks | papas fritas y aperitivos | basket
BAKED BREAD/BUNS/ROLLS | bread and rolls | pan y panecillos | bread
BAKING MIXES | baking mixes | preparados para repostería | bread
BAKING NEEDS | baking ingredients | ingredientes de repostería | bread
BATH TISSUES | toilet paper | papel higiénico | cleaning
BEEF | beef | carne de res | meat
BREAD | fresh bread | pan fresco | bread
BUTTER | butter | mantequilla | cheese
CANNED JUICES | juice | jugos | fruit
CAT FOOD | cat food | comida para gatos | pets
CHEESE | cheese | queso | cheese
CHEESES | cheese from the counter | queso al corte | cheese
COCOA MIXES | cocoa | cacao | coffee
COFFEE | coffee | café | coffee
COLD AND FLU | cold and flu remedies | remedios para el resfriado | cleaning
COLD CEREAL | cereal | cereales | bread
CONDIMENTS/SAUCES | sauces and condiments | salsas y condimentos | tomato
CONVENIENT BRKFST/WHLSM SNACKS | breakfast bars | barritas de desayuno | bread
COOKIES/CONES | cookies | galletas | bread
CRACKERS/MISC BKD FD | crackers | galletas saladas | bread
DEODORANTS | deodorant | desodorante | cleaning
DIAPERS & DISPOSABLES | diapers | pañales | baby
DIETARY AID PRODUCTS | nutrition shakes | batidos nutritivos | fruit
DINNER MXS:DRY | dinner kits | preparados para la cena | basket
DINNER SAUSAGE | sausages | salchichas | meat
DISHWASH DETERGENTS | dishwashing | lavavajillas | cleaning
DOG FOODS | dog food | comida para perros | pets
DRY BN/VEG/POTATO/RICE | rice and beans | arroz y legumbres | basket
DRY NOODLES/PASTA | pasta | pasta | basket
EGGS | eggs | huevos | basket
FACIAL TISS/DNR NAPKIN | tissues and napkins | pañuelos y servilletas | cleaning
FD WRAPS/BAGS/TRSH BG | wraps and bags | bolsas y envoltorios | cleaning
FEMININE HYGIENE | feminine care | higiene femenina | cleaning
FIRST AID PRODUCTS | first aid | primeros auxilios | cleaning
FLUID MILK PRODUCTS | milk | leche | cheese
FROZEN BREAD/DOUGH | frozen bread | pan congelado | bread
FROZEN PIE/DESSERTS | frozen pies and desserts | tartas y postres congelados | bread
FROZEN PIZZA | frozen pizza | pizza congelada | tomato
FRUIT - SHELF STABLE | canned fruit | fruta en conserva | fruit
FRZN BREAKFAST FOODS | frozen breakfasts | desayunos congelados | bread
FRZN MEAT/MEAT DINNERS | frozen meals | platos congelados | basket
FRZN NOVELTIES/WTR ICE | ice pops | paletas heladas | fruit
FRZN POTATOES | frozen potatoes | papas congeladas | vegetables
FRZN VEGETABLE/VEG DSH | frozen vegetables | verdura congelada | vegetables
HAIR CARE PRODUCTS | hair care | cuidado del cabello | cleaning
HAND/BODY/FACIAL PRODUCTS | skin care | cuidado de la piel | cleaning
HISPANIC | Latin American favourites | sabores latinos | tomato
HOT CEREAL | oatmeal | avena | bread
HOUSEHOLD CLEANG NEEDS | household cleaning | limpieza del hogar | cleaning
ICE CREAM/MILK/SHERBTS | ice cream | helado | fruit
INFANT FORMULA | infant formula | leche infantil | baby
ISOTONIC DRINKS | sports drinks | bebidas isotónicas | fruit
LAUNDRY ADDITIVES | laundry care | cuidado de la ropa | cleaning
LAUNDRY DETERGENTS | laundry detergent | detergente | cleaning
LUNCHMEAT | sliced meats | fiambres | meat
MAKEUP AND TREATMENT | make-up | maquillaje | cleaning
MARGARINES | margarine | margarina | cheese
MEAT - MISC | meat | carne | meat
MEAT - SHELF STABLE | canned meat | carne en conserva | meat
MILK BY-PRODUCTS | cream and dairy | crema y lácteos | cheese
MISC. DAIRY | dairy | lácteos | cheese
ORAL HYGIENE PRODUCTS | dental care | higiene dental | cleaning
PAPER HOUSEWARES | paper plates and cups | platos y vasos de papel | cleaning
PAPER TOWELS | paper towels | papel de cocina | cleaning
PASTA SAUCE | pasta sauce | salsa para pasta | tomato
PICKLE/RELISH/PKLD VEG | pickles | encurtidos | vegetables
PNT BTR/JELLY/JAMS | jams and peanut butter | mermelada y crema de maní | bread
PROCESSED | prepared meats | carnes preparadas | meat
PWDR/CRYSTL DRNK MX | drink mixes | bebidas en polvo | fruit
REFRGRATD DOUGH PRODUCTS | chilled dough | masas refrigeradas | bread
REFRGRATD JUICES/DRNKS | chilled juice | jugos refrigerados | fruit
SALAD MIX | salad | ensalada | vegetables
SALD DRSNG/SNDWCH SPRD | salad dressing | aderezo para ensaladas | tomato
SEAFOOD - FROZEN | frozen fish | pescado congelado | fish
SEAFOOD - SHELF STABLE | tinned fish | conservas de pescado | fish
SHAVING CARE PRODUCTS | shaving care | afeitado | cleaning
SHORTENING/OIL | cooking oil | aceite | basket
SINUS AND ALLERGY | allergy relief | remedios para la alergia | cleaning
SNACK NUTS | nuts | frutos secos | basket
SOAP - LIQUID & BAR | soap | jabón | cleaning
SOFT DRINKS | soft drinks | refrescos | fruit
SOUP | soup | sopa | tomato
TEAS | tea | té | coffee
VEGETABLES - SHELF STABLE | canned vegetables | verdura en conserva | vegetables
VITAMINS | vitamins | vitaminas | fruit
WATER - CARBONATED/FLVRD DRINK | sparkling water | agua con gas | fruit
YOGURT | yogurt | yogur | cheese
""")
