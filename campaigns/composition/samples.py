"""Made-up facts for looking at a mail before anyone is chosen: the menu's own samples."""

from typing import Any

from campaigns.composition.compiled import Compiled
from campaigns.composition.merge_tags import MENU

_TOKEN = "sample-" * 6  # as long as a real one


def sample_facts(compiled: Compiled, base_url: str, offers: int = 2) -> dict[str, Any]:
    """Facts of a member for whom everything is known; links lead nowhere."""
    address = f"{base_url}/-/{_TOKEN}/"
    facts: dict[str, Any] = {
        "member": {"language": compiled.language},
        "answers": {
            question: [choice]
            for entry in compiled.conditions
            for question, choice in entry.answers
        },
        "offers": [_offer(address) for _number in range(offers)],
        "offers_more": 0,
        "links": [address for _link in compiled.links],
        "url": dict.fromkeys(("unsubscribe", "one_click", "preferences", "view", "pixel"), address),
        "brand": {},
    }
    for tag in MENU:
        group, name = tag.path
        facts[group][name] = tag.sample
    return facts


def _offer(address: str) -> dict[str, str]:
    return {
        "title": "1,50 € off tomatoes",
        "description": "For a kilo of the ripe ones.",
        "code": "7KQ2-MX4P-9TRD-V6HN",
        "valid_until": "29 November",
        "url": address,
        "image_url": "",
    }
