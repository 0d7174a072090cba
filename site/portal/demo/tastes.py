"""What households would have answered: from demographics where asked, else from their baskets."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from portal.demo.shopping_data import Frame, ShoppingData

Answers = dict[str, list[str]]  # choice keys by question key

KIDS = {"0": "none", "1": "one", "2": "two", "3+": "three"}
HOMES = {
    "Homeowner": "own",
    "Probable Homeowner": "own",
    "Renter": "rent",
    "Probable Renter": "rent",
}
AISLE_OF_DEPARTMENT = {
    "DELI": "cheese",
    "FLORAL": "flowers",
    "GARDEN CENTER": "flowers",
    "MEAT": "meat",
    "MEAT-PCKGD": "meat",
    "PASTRY": "bakery",
    "PRODUCE": "produce",
    "SALAD BAR": "produce",
    "SEAFOOD": "fish",
    "SEAFOOD-PCKGD": "fish",
    "SPIRITS": "wine",
}
AISLE_OF_CATEGORY = {
    "BABY FOODS": "baby",
    "BAKED BREAD/BUNS/ROLLS": "bakery",
    "BAKED SWEET GOODS": "bakery",
    "BEERS/ALES": "wine",
    "CAT FOOD": "pets",
    "CAT LITTER": "pets",
    "CHEESE": "cheese",
    "COFFEE": "coffee",
    "DIAPERS & DISPOSABLES": "baby",
    "DOG FOODS": "pets",
    "DOMESTIC WINE": "wine",
    "IMPORTED WINE": "wine",
    "INFANT FORMULA": "baby",
    "PET CARE SUPPLIES": "pets",
    "SEAFOOD - FROZEN": "fish",
    "SEAFOOD - SHELF STABLE": "fish",
    "TEAS": "coffee",
}
LEAST_LINES = 4  # fewer are no taste
MOST_AISLES = 4


def answers_by_household(data: ShoppingData) -> dict[int, Answers]:
    """Return what each household is taken to have answered, by question key."""
    answers: dict[int, Answers] = defaultdict(dict)
    for household, aisles in favourite_aisles(data).items():
        if aisles:
            answers[household]["aisles"] = aisles
    for row in data.demographics.fillna("").to_dict("records"):
        answers[row["household_id"]] |= _told(row)
    return answers


def favourite_aisles(data: ShoppingData) -> dict[int, list[str]]:
    """Return up to four aisles a household buys from more than the club does, the most first."""
    lines = data.transactions[["household_id", "product_id"]]
    known = lines.merge(_aisle_of_product(data.products), on="product_id")
    counts = known.groupby(["household_id", "aisle"]).size()
    club = known["aisle"].value_counts(normalize=True).to_dict()
    households: dict[int, Counter[str]] = defaultdict(Counter)
    for (household, aisle), count in counts.items():
        households[household][aisle] = int(count)
    return {household: _favourites(bought, club) for household, bought in households.items()}


def _favourites(bought: Counter[str], club: dict[str, float]) -> list[str]:
    total = sum(bought.values())
    liking = {
        aisle: count / total / club[aisle]
        for aisle, count in bought.items()
        if count >= LEAST_LINES
    }
    return sorted((a for a in liking if liking[a] > 1), key=lambda a: -liking[a])[:MOST_AISLES]


def _aisle_of_product(products: Frame) -> Frame:
    by_category = products["product_category"].map(AISLE_OF_CATEGORY)
    aisles = by_category.fillna(products["department"].map(AISLE_OF_DEPARTMENT))
    return products[["product_id"]].assign(aisle=aisles).dropna()


def _told(row: dict[str, str]) -> Answers:
    told = {
        "age": row["age"].rstrip("+"),
        "household-size": row["household_size"].rstrip("+"),
        "children": KIDS.get(row["kids_count"], ""),
        "home": HOMES.get(row["home_ownership"], ""),
    }
    return {question: [choice] for question, choice in told.items() if choice}


def age_bands(demographics: Frame) -> dict[int, str]:
    """Return the age band by household, where it is known."""
    rows: Iterable[tuple[int, str]] = demographics[["household_id", "age"]].dropna().to_numpy()
    return {int(household): age for household, age in rows}


def households_of_two_or_more(demographics: Frame) -> set[int]:
    """Return the households known to hold more than one person."""
    rows = demographics[demographics["household_size"].isin(["2", "3", "4", "5+"])]
    return set(rows["household_id"].tolist())
