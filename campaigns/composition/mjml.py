"""Pieces to MJML through the block templates, MJML to HTML, and the brand's styles inlined."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from css_inline import CSSInliner
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from mjml import mjml2html

from campaigns.composition.brand_facts import BrandFacts, dark, light
from campaigns.composition.content import Piece
from campaigns.composition.draft import Phrase
from campaigns.composition.footer import Footer

Look = dict[str, Any]
# Blocks that bring rows of the layout with them; all others flow in one column.
_ROWS: Final = {"offers", "question", "columns"}
# css-inline leaves alone what is marked so; the mark is taken away afterwards.
_KEEP: Final = 'data-css-inline="ignore"'
_BETWEEN_ROWS: Final = re.compile(r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>")
_ROW: Final = "<mj-section><mj-column>"
_END_ROW: Final = "</mj-column></mj-section>"


def html_of(
    pieces: Sequence[Piece], footer: Footer, brand: BrandFacts, language: str, preheader: Phrase
) -> str:
    """Return the whole HTML part with its tokens still in place."""
    look: Look = {"brand": brand, "light": light(brand), "dark": dark(brand)}
    frame = {"language": language, "preheader": preheader, "footer": footer}
    document = render_to_string(
        "campaigns/email/email.mjml", {**look, **frame, "body": _body(pieces, look)}
    )
    styles = render_to_string("campaigns/email/inlined.css", look)
    return _inlined(mjml2html(document), styles)


def _body(pieces: Sequence[Piece], look: Look) -> SafeString:
    """Write blocks below each other; neighbours that flow share one row of the layout."""
    rows = []
    for flows, neighbours in groupby(pieces, key=_flows):
        written = _column(list(neighbours), look)
        rows.append(f"{_ROW}{written}{_END_ROW}" if flows else written)
    return _joined(rows)


def _column(pieces: Sequence[Piece], look: Look) -> SafeString:
    return _joined([_piece(piece, look) for piece in pieces])


def _piece(piece: Piece, look: Look) -> str:
    context = {**look, **piece.fields}
    for name in ("pieces", "left", "right"):
        if name in piece.fields:
            write = _body if name == "pieces" and not _flows(piece) else _column
            context[name] = write(piece.fields[name], look)
    return render_to_string(f"campaigns/email/blocks/{piece.kind}.mjml", context)


def _flows(piece: Piece) -> bool:
    """Whether a block can stand in a column that others share."""
    return piece.kind not in _ROWS and all(map(_flows, piece.fields.get("pieces", ())))


def _joined(texts: Sequence[str]) -> SafeString:
    # Each text went through an autoescaping template; joining them adds nothing.
    return mark_safe("".join(texts))  # noqa: S308


def _inlined(html: str, styles: str) -> str:
    # Only our own few rules go inline: MJML's are in place already, media queries stay in the head.
    kept = html.replace("<style", f"<style {_KEEP}")
    inliner = CSSInliner(keep_style_tags=True, load_remote_stylesheets=False, extra_css=styles)
    # Two passages for Outlook alone, one right after the other, are one: a tenth of the mail.
    return _BETWEEN_ROWS.sub("", inliner.inline(kept).replace(f" {_KEEP}", ""))
