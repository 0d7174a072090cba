"""Code 128 (ISO/IEC 15417): the barcode that every till reads, as widths of bars and spaces."""

# One symbol a word, by value: bar, space, bar, space, bar, space, in modules.
SYMBOLS = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132"
    "122231113222123122123221223211221132221231213212223112312131311222321122321221312212"
    "322112322211212123212321232121111323131123131321112313132113132311211313231113231311"
    "112133112331132131113123113321133121313121211331231131213113213311213131311123311321"
    "331121312113312311332111314111221411431111111224111422121124121421141122141221112214"
    "112412122114122411142112142211241211221114413111241112134111111242121142121241114212"
    "124112124211411212421112421211212141214121412121111143111341131141114113114311411113"
    "411311113141114131311141411131211412211214211232"
)
PATTERNS = tuple(SYMBOLS[start : start + 6] for start in range(0, len(SYMBOLS), 6))
STOP = "2331112"
START_B, START_C = 104, 105
QUIET = 10  # modules left white on either side
FIRST, LAST = " ", "~"


def values(text: str) -> list[int]:
    """The symbols' values, start and check sum included. Raises ValueError beyond ASCII."""
    if not text or not all(FIRST <= letter <= LAST for letter in text):
        raise ValueError("Only printable ASCII can be drawn as Code 128.")
    if text.isdigit() and len(text) % 2 == 0:
        pairs = [int(text[start : start + 2]) for start in range(0, len(text), 2)]
        data = [START_C, *pairs]
    else:
        data = [START_B, *(ord(letter) - ord(FIRST) for letter in text)]
    return [*data, check_sum(data)]


def check_sum(data: list[int]) -> int:
    """The start's value plus each value times its place, modulo 103."""
    start, *rest = data
    return (start + sum(place * value for place, value in enumerate(rest, 1))) % 103


def widths(text: str) -> list[int]:
    """Bars and spaces in turn, in modules, beginning and ending with a bar."""
    patterns = [PATTERNS[value] for value in values(text)]
    return [int(width) for width in "".join([*patterns, STOP])]


def drawing(text: str) -> tuple[int, str]:
    """How many modules it takes across, quiet zones included, and its bars as an SVG path.

    The bars are one unit high.
    """
    across, bars = QUIET, []
    for place, width in enumerate(widths(text)):
        if place % 2 == 0:
            bars.append(f"M{across} 0h{width}v1h-{width}z")
        across += width
    return across + QUIET, "".join(bars)
