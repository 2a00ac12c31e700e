"""The id under which a sender may repeat a request: in the body, or as ``Idempotency-Key``."""

from __future__ import annotations

from werkzeug.datastructures import Headers

from gridsvc.errors import BadInput


def repeat_key(headers: Headers, in_body: str | None, field: str) -> str | None:
    """Return the sender's id from the body's field or the header; both are fine when they agree.

    Raises
    ------
    BadInput
        They differ, or the header is no short ASCII text.
    """
    in_header = headers.get("Idempotency-Key", "").strip().strip('"') or None
    if in_header and (
        len(in_header) > 100 or not in_header.isascii() or not in_header.isprintable()
    ):
        raise BadInput("Idempotency-Key must be at most 100 ASCII characters.", ["Idempotency-Key"])
    if in_header and in_body and in_header != in_body:
        raise BadInput(f"Idempotency-Key and {field} differ: send one.", [field])
    return in_body or in_header
