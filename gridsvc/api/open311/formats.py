"""GeoReport v2 on the wire: the same content as JSON and as XML, refusals too."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET  # noqa: S405 - writes only, nothing is parsed

from flask import Response, request

from gridsvc.api.errors import status_of
from gridsvc.errors import GridsvcError, TooMany

JSON, XML = "json", "xml"
_TYPES = {JSON: "application/json; charset=utf-8", XML: "text/xml; charset=utf-8"}
# XML 1.0 has no way to write these, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answered(payload: Any, *names: str, status: int = 200) -> Response:
    """Answer in the format that the address or the Accept header asks for.

    Parameters
    ----------
    payload : list of dict, or dict
        Texts, numbers, flags, ``None``, and lists of such.
    names : str
        The XML root, and for a list the name of its items; JSON has neither.
    """
    form = wanted()
    body = json.dumps(payload, ensure_ascii=False) if form == JSON else _document(payload, *names)
    return Response(body, status, content_type=_TYPES[form])


def refused(error: Exception) -> Response:
    """Answer a refusal: a list of code and description, under its status."""
    status = status_of(error).value
    if isinstance(error, GridsvcError):
        text = error.message
    else:
        text = getattr(error, "description", None) or status_of(error).phrase
    answer = answered([{"code": status, "description": text}], "errors", "error", status=status)
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    if allowed := getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def wanted() -> str:
    """Tell the format: by the address's ending, else by Accept; XML is the standard's own."""
    ending = request.path.rpartition(".")[2]
    if ending in _TYPES:
        return ending
    best = request.accept_mimetypes.best_match(["text/xml", "application/xml", "application/json"])
    return JSON if best == "application/json" else XML


def _document(payload: Any, root: str, item: str = "") -> bytes:
    top = ET.Element(root)
    _fill(top, payload, item)
    return ET.tostring(top, encoding="utf-8", xml_declaration=True)


def _fill(element: ET.Element, value: Any, item: str = "") -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _fill(ET.SubElement(element, name), inner)
    elif isinstance(value, list):
        for inner in value:
            # The standard's plurals all end in s: attributes, values, endpoints, formats.
            _fill(ET.SubElement(element, item or element.tag.removesuffix("s")), inner)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _UNWRITABLE.sub("", str(value))
