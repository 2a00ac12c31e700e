"""Why a request of a program is refused, in its reader's language: English sentences as patterns.

Pydantic and Werkzeug know English alone, and a field's own check has no reader. A sentence that is
not here is answered as it is; tests/integration/test_field_words.py holds these to what is said.
"""

from __future__ import annotations

from functools import cache

from flask_babel import lazy_gettext

from gridsvc.web.plans.refused_words import Known, again, patterns

#: ``{…}`` stands for what differs. The first that fits counts, so the general ones come last.
FIELDS = (
    # What Pydantic says of a value.
    lazy_gettext("Field required"),
    lazy_gettext("Extra inputs are not permitted"),
    lazy_gettext("Input should be a valid string"),
    lazy_gettext("Input should be a valid integer{why}"),
    lazy_gettext("Input should be a valid integer"),
    lazy_gettext("Input should be a valid number{why}"),
    lazy_gettext("Input should be a valid number"),
    lazy_gettext("Input should be a finite number"),
    lazy_gettext("Input should be a valid boolean{why}"),
    lazy_gettext("Input should be a valid boolean"),
    lazy_gettext("Input should be a valid list"),
    lazy_gettext("Input should be a valid tuple"),
    lazy_gettext("Input should be a valid dictionary{why}"),
    lazy_gettext("Input should be a valid dictionary"),
    lazy_gettext("Input should be a valid datetime{why}"),
    lazy_gettext("Input should be a valid date{why}"),
    lazy_gettext("Input should have timezone info"),
    lazy_gettext("Input should be greater than or equal to {least}"),
    lazy_gettext("Input should be less than or equal to {most}"),
    lazy_gettext("Input should be greater than {least}"),
    lazy_gettext("Input should be less than {most}"),
    lazy_gettext("String should have at least {least} character"),
    lazy_gettext("String should have at least {least} characters"),
    lazy_gettext("String should have at most {most} characters"),
    lazy_gettext("String should match pattern '{pattern}'"),
    lazy_gettext("{kind} should have at least {least} item after validation, not {count}"),
    lazy_gettext("{kind} should have at least {least} items after validation, not {count}"),
    lazy_gettext("{kind} should have at most {most} items after validation, not {count}"),
    lazy_gettext("Input should be {choices}"),
    # What our own fields say.
    lazy_gettext("holds a character that is no text"),
    lazy_gettext("holds more than {most} characters"),
    lazy_gettext("is too long, or holds a character that is no text"),
    lazy_gettext("is nested too deep"),
    lazy_gettext("give dwellings or their counts, not both"),
    lazy_gettext("give dwellings, or dwellings_visited and first_time_dwellings"),
    lazy_gettext("give west,south,east,north in degrees"),
    lazy_gettext("west must not exceed east, nor south north, and all lie on earth"),
    lazy_gettext("low must not exceed high"),
    lazy_gettext("give target or grids, not both"),
    # What the views and Werkzeug say.
    lazy_gettext("sign in first"),
    lazy_gettext("The name or the password is wrong."),
    lazy_gettext("There is no grid {grid}."),
    lazy_gettext("There is no grid {grid} on {day}."),
    lazy_gettext("There is no team '{team}'."),
    lazy_gettext("There is no draft {plan}."),
    lazy_gettext("Idempotency-Key must be at most 100 ASCII characters."),
    lazy_gettext("Idempotency-Key and {field} differ: send one."),
    lazy_gettext(
        "The requested URL was not found on the server. If you entered the URL manually please "
        "check your spelling and try again."
    ),
    lazy_gettext("The method is not allowed for the requested URL."),
    lazy_gettext("The data value transmitted exceeds the capacity limit."),
    lazy_gettext("The server does not support the media type transmitted in the request."),
    lazy_gettext("The browser (or proxy) sent a request that this server could not understand."),
    lazy_gettext(
        "Something went wrong on our side; nothing was changed. Tell the office the request id."
    ),
)


@cache
def _patterns() -> Known:
    return patterns(FIELDS)


def in_words(sentence: str) -> str:
    """Return a refusal in the reader's language; one that nobody translated stays as it is."""
    return again(sentence, _patterns())
