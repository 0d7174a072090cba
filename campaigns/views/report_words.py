"""What codes mean, in sentences that staff can act on."""

from campaigns.history import why
from campaigns.models import OPEN_STATES, Campaign, Delivery

State = Delivery.State

# What a figure divides by, as it stands after "of 1,133 …".
OF = {
    "audience": "members in the segment",
    "planned": "planned members",
    "accepted": "members mailed",
    "trackable": "trackable members",
}
REASONS = {
    "no_address": "No e-mail address is known.",
    "suppressed": "The address bounced, complained or is barred.",
    "not_active": "The member has not confirmed or has left.",
    "no_consent": "The member does not follow the topic.",
    "paused": "The member asked for a pause.",
    "capped": "The member's weekly limit of mails was reached.",
    "cancelled": "The campaign was cancelled first.",
    "gave_up": "Every try failed.",
    "worker_lost": "The sending was cut off; the mail may have arrived.",
}
STATES = {
    State.HELD_OUT: "Held out, to measure what the campaign adds.",
    State.REJECTED: "The mail server refused the mail.",
    State.UNKNOWN: "Nobody knows whether the mail arrived; it is not sent again.",
    State.DEFERRED: "The mail server asked to try again later.",
    State.SKIPPED: "Skipped.",
}
KINDS = {
    "opened": "opens",
    "clicked": "clicks",
    "redeemed": "redemptions",
    "unsubscribed": "unsubscriptions",
    "delivered": "delivery reports",
    "bounced": "bounces",
    "complained": "complaints",
}


def reason(code: str) -> str:
    """The reason in words; a code without words is shown as it is."""
    return REASONS.get(code, code.replace("_", " ").capitalize() or "No reason was given.")


def explanation(delivery: Delivery) -> str:
    """Why the member got the mail, or why not, in one sentence."""
    if delivery.state == State.ACCEPTED:
        return why(delivery)
    if delivery.reason:
        return reason(delivery.reason)
    if delivery.state in OPEN_STATES and delivery.state != State.DEFERRED:
        return "It waits for its turn."
    return STATES.get(State(delivery.state), "")


def standing(campaign: Campaign, left: int, total: int) -> str:
    """The state as a list shows it: finished, or how far it got."""
    if campaign.state == Campaign.State.SENDING and not left:
        return "Finished"
    word = str(campaign.get_state_display())
    return f"{word}, {(total - left) / total:.0%}" if left and total else word
