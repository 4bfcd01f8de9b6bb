"""Answers as XML, for clients that ask for it."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from sandbox.jsontypes import Json, JsonObject

__all__ = ["encode_xml", "wants_xml"]

_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_NIL = {"xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance"}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def wants_xml(accept: str) -> bool:
    """Say whether an Accept header asks for XML and for nothing that JSON would satisfy."""
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return kinds[0] in ("application/xml", "text/xml") and "application/json" not in kinds


def encode_xml(body: Json) -> bytes:
    """Write an answer as XML; lists repeat their element."""
    root_name, item_name = _names(body)
    root = Element(root_name)
    if isinstance(body, list):
        for one in body:
            _add(root, item_name, one)
    elif isinstance(body, dict):
        _fill(root, body)
    else:
        root.text = _text(body)
    if any(element.get("xsi:nil") for element in root.iter()):
        root.attrib.update(_NIL)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + tostring(root, encoding="unicode").encode()


def _names(body: Json) -> tuple[str, str]:
    """Choose the name of the root and of the items of a list, by what the answer holds."""
    first = body[0] if isinstance(body, list) and body else body
    keys = first if isinstance(first, dict) else {}
    if isinstance(body, list):
        if "errorCode" in keys:
            return "Errors", "Error"
        return ("Versions", "Version") if "version" in keys else ("Results", "Result")
    if "totalSize" in keys:
        return "QueryResult", ""
    if "DailyApiRequests" in keys:
        return "LimitsSnapshot", ""
    about = keys.get("attributes")
    if isinstance(about, dict) and isinstance(about.get("type"), str):
        return str(about["type"]), ""
    if "sobjects" in keys and "encoding" in keys:
        return "DescribeGlobal", ""
    if "childRelationships" in keys:
        return "DescribeSObject", ""
    return "Result", ""


def _fill(element: Element, values: JsonObject) -> None:
    for name, value in values.items():
        if name == "attributes" and isinstance(value, dict):
            element.attrib.update({key: _text(one) for key, one in value.items()})
        elif isinstance(value, list):
            for one in value:
                _add(element, name, one)
        else:
            _add(element, name, value)


def _add(parent: Element, name: str, value: Json) -> None:
    child = SubElement(parent, name if _NAME.fullmatch(name) else "item")
    if value is None:
        child.set("xsi:nil", "true")
    elif isinstance(value, dict):
        _fill(child, value)
    elif isinstance(value, list):
        for one in value:
            _add(child, "item", one)
    else:
        child.text = _text(value)


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _FORBIDDEN.sub("", "" if value is None else str(value))
