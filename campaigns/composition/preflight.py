"""What is wrong with a mail, said before anyone approves it.

Errors stop approval: a mail with one would be broken for somebody. Warnings are for judgement.
"""

import quopri
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from campaigns.composition.compiled import Compiled
from campaigns.composition.compiling import CompositionError, EmailSource, compile_email
from campaigns.composition.content import raw_blocks
from campaigns.composition.merge_tags import Facts
from campaigns.composition.nodes import Nodes, Section, Slot

HEAVIEST: Final = 102 * 1024  # bytes of HTML after which Gmail cuts a mail off
MOST_OFFERS: Final = 6  # offers that one mail shows at most
USUAL_VALUE: Final = 60  # bytes of a value
LONGEST_SUBJECT: Final = 70
# Every club has a name; the compiler itself writes the count of offers, only where there is one.
ALWAYS_KNOWN: Final = ("club_name", "offers_more")


@dataclass(frozen=True)
class Finding:
    """One thing found; ``code`` is stable, ``message`` is for people."""

    code: str
    message: str


@dataclass(frozen=True)
class Report:
    """All findings of one mail."""

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def may_pass(self) -> bool:
        """Whether nothing stands in the way of approval."""
        return not self.errors


def check(source: EmailSource, audience: Iterable[Facts] = ()) -> Report:
    """Check one mail; ``audience`` is the facts of those who would get it, or of a sample."""
    try:
        compiled = compile_email(source)
    except CompositionError as error:
        return Report(errors=tuple(Finding("content", problem) for problem in error.problems))
    missing_errors, missing_warnings = _missing_values(compiled, audience)
    return Report(
        errors=(*_way_out(compiled), *_weight(compiled), *missing_errors),
        warnings=(*missing_warnings, *_pictures(source), *_plain_links(compiled), *_inbox(source)),
    )


def missing_values(compiled: Compiled, audience: Iterable[Facts]) -> tuple[int, Counter[str]]:
    """Count the members asked, and for each tag without fallback those who lack its value."""
    bare = _without_fallback(compiled)
    asked = 0
    missing: Counter[str] = Counter()
    for facts in audience:
        asked += 1
        missing.update(str(slot) for slot in bare if slot.tag.value(facts) is None)
    return asked, missing


def _missing_values(
    compiled: Compiled, audience: Iterable[Facts]
) -> tuple[list[Finding], list[Finding]]:
    asked, missing = missing_values(compiled, audience)
    errors = [
        Finding("missing_value", f"{tag} is missing for {count} of {asked} and has no fallback")
        for tag, count in sorted(missing.items())
    ]
    if asked:
        return errors, []
    return [], [
        Finding("no_fallback", f"{slot} has no fallback") for slot in _without_fallback(compiled)
    ]


def _without_fallback(compiled: Compiled) -> list[Slot]:
    return [
        slot
        for slot in compiled.slots
        if slot.kind == "tag" and slot.fallback is None and slot.ref not in ALWAYS_KNOWN
    ]


def _way_out(compiled: Compiled) -> Iterator[Finding]:
    if not compiled.text_nodes:
        yield Finding("no_text", "the mail has no text part")
    if compiled.kind == "service":
        return
    way_out = compiled.slots.index(Slot("url", "unsubscribe"))
    for part, nodes in (("HTML", compiled.html_nodes), ("text", compiled.text_nodes)):
        if way_out not in nodes:
            yield Finding("no_unsubscribe", f"the {part} part has no link to unsubscribe")


def _weight(compiled: Compiled) -> Iterator[Finding]:
    heavy = _heaviest(compiled.html_nodes)
    if heavy > HEAVIEST:
        yield Finding("too_heavy", f"the mail weighs up to {heavy // 1024} kB; 102 kB is the most")


def _heaviest(nodes: Nodes) -> int:
    """Bytes of HTML if every section is shown to a member with as many offers as fit."""
    total = 0
    for node in nodes:
        if isinstance(node, Section):
            times = MOST_OFFERS if node.condition is None else 1
            total += times * _heaviest(node.children)
        elif isinstance(node, str):
            total += len(quopri.decodestring(node))
        else:
            total += USUAL_VALUE
    return total


def _pictures(source: EmailSource) -> Iterator[Finding]:
    for block in _blocks(raw_blocks(source.blocks)):
        if block["type"] == "image" and not (block["value"].get("alt") or "").strip():
            yield Finding("no_alt", "a picture has no description for those who do not see it")


def _blocks(blocks: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for block in blocks:
        yield block
        value = block["value"]
        if isinstance(value, Mapping):
            for inner in ("body", "left", "right"):
                yield from _blocks(value.get(inner) or ())


def _plain_links(compiled: Compiled) -> Iterator[Finding]:
    for link in compiled.links:
        if link.url.startswith("http://"):
            yield Finding("not_https", f"the link “{link.url[:80]}” is not encrypted")


def _inbox(source: EmailSource) -> Iterator[Finding]:
    if not source.preheader.strip():
        yield Finding("no_preheader", "without a preheader the inbox shows the first words")
    if len(source.subject) > LONGEST_SUBJECT:
        yield Finding("long_subject", f"phones cut a subject after {LONGEST_SUBJECT} characters")
