"""What the report form's scripts say; what stands on the page from the start is in its template."""

from __future__ import annotations

from flask_babel import lazy_gettext

from gridsvc.web.terms import REVIEWS

#: Key → English sentence; ``{…}`` is filled by the script.
TEXTS = {
    "asking": lazy_gettext("Looking for your position…"),
    "no_position": lazy_gettext("The phone gives no position. Tap the map, or search a building."),
    "zoom.in": lazy_gettext("Zoom in"),
    "zoom.out": lazy_gettext("Zoom out"),
    "accuracy": lazy_gettext("±{metres} m"),
    "from.gps": lazy_gettext("by GPS"),
    "from.map": lazy_gettext("tapped on the map"),
    "from.address": lazy_gettext("by address"),
    "from.photo": lazy_gettext("where the photo was taken"),
    "taken": lazy_gettext("The photo was taken {away} away. Use its place"),
    "no_place": lazy_gettext("Where is it? Tap the map."),
    "outside": lazy_gettext("In no grid. The supervisor gets it."),
    "checking": lazy_gettext("Looking for the grid…"),
    "unknown": lazy_gettext("Outside the grids kept on this phone; the office finds the grid."),
    "team": lazy_gettext("{grid} · {team}"),
    "elsewhere": lazy_gettext("{grid} · outside your area: its team gets the report"),
    "supervisor": lazy_gettext("{name} gets it"),
    "beside": lazy_gettext("with {teams}"),
    "and": lazy_gettext(", "),
    "due": lazy_gettext("due {due}"),
    "due_uncertain": lazy_gettext("due {due}, if no holiday is published until then"),
    "limit": lazy_gettext("time: {limit}"),
    "optional": lazy_gettext("{question} (if you like)"),
    "no_team": lazy_gettext("{grid} · no team yet: the community takes it"),
    "duty": lazy_gettext("Duty phone {phone}"),
    "found_none": lazy_gettext("No building of that name. Tap the map instead."),
    "emergency": lazy_gettext("“{category}” cannot wait for a report. Call now:"),
    "photo_needed": lazy_gettext("“{category}” needs a photo."),
    "remove_photo": lazy_gettext("Remove photo {number}"),
    "photo_bad": lazy_gettext("{name} is no photo that can be sent: take a JPEG or PNG."),
    "photo_big": lazy_gettext("{name} is too large to send: take a smaller photo."),
    "personal": lazy_gettext(
        "This looks like a phone or identity number. Leave it out if the case does not need it."
    ),
    "missing.place": lazy_gettext("Say where: tap the map, or search a building."),
    "missing.category": lazy_gettext("Say what it is: choose one of the buttons."),
    "missing.photo": lazy_gettext("Add a photo: this kind of case needs one."),
    "missing.answer": lazy_gettext("Answer: {question}"),
    "saved": lazy_gettext("Kept on this phone."),
    "not_kept": lazy_gettext(
        "This browser keeps nothing (private mode or full): the report is still on the screen."
    ),
    "state.waiting": lazy_gettext("waiting"),
    "state.sending": lazy_gettext("sending"),
    "state.sent": lazy_gettext("sent"),
    "state.needs": lazy_gettext("needs you"),
    "odd": lazy_gettext("A person looks at it first: {why}"),
    "case": lazy_gettext("case {number}"),
    "visit": lazy_gettext("visit {number}"),
    "joined": lazy_gettext("joined case {number}"),
    "photos": lazy_gettext("{count} photos"),
    "kept.some": lazy_gettext("{count} waiting to be sent"),
    "kept.none": lazy_gettext("Everything is sent"),
    "foreign": lazy_gettext(
        "{count} reports of another account wait on this phone; its owner sends them."
    ),
    "refused.conflict": lazy_gettext(
        "A report under the same number but with other content is there already: {detail}"
    ),
    "refused.photo": lazy_gettext("The case is reported, but a photo was refused: {detail}"),
    "refused": lazy_gettext("Not taken: {detail}"),
    "send_again": lazy_gettext("Send again"),
    "send_new": lazy_gettext("Send as a new report"),
    "change": lazy_gettext("Put it back on the form"),
    "change_first": lazy_gettext("Send what is on the form first; then put this one back."),
    "discard": lazy_gettext("Discard"),
    "leave_photo": lazy_gettext("Leave the photo out"),
    "undo": lazy_gettext("Discarded. Undo"),
    "offline": lazy_gettext("No network. Reports are kept here and sent as soon as there is one."),
    "busy": lazy_gettext(
        "The service is busy. Reports are kept here and sent as soon as it has room."
    ),
    "sign_in": lazy_gettext("Your session has ended. What you wrote is kept:"),
    "sign_in.link": lazy_gettext("sign in again to send it"),
    "not_allowed": lazy_gettext("This account may not report. What you wrote is kept."),
    "ready": lazy_gettext("Ready to be used without a network."),
    "renewed": lazy_gettext("The form has changed: reload when you have sent this report."),
    "duplicate": lazy_gettext("{metres} m away, {days} days ago"),
    "duplicate.today": lazy_gettext("{metres} m away, today"),
    "duplicate.own": lazy_gettext("reported by you"),
    "join": lazy_gettext("It is this one"),
}


def said() -> dict[str, str]:
    """Return the sentences in the language of this request."""
    odd = {f"odd.{code}": str(text) for code, text in REVIEWS.items()}
    return {key: str(text) for key, text in TEXTS.items()} | odd
