"""Figures as bars: inline SVG that fetches nothing and takes its colours from the page."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from console.report.figures import figure, name_of, places_of
from reports.frame import Column, Line

__all__ = ["MOST", "Chart", "chart_of"]

#: More bars than these say less; the table beside them has all.
MOST = 12

#: In the units of the drawing, of which a phone shows nearly one to a pixel.
_WIDTH = 400
_LETTERS = 13
#: Room is kept for names in the widest letters there are.
_WIDE_LETTERS = 16
_BAR = 26
_THIN_BAR = 19
_EDGES = 14
#: How much of the width stays free for the figures behind the bars.
_ROOM = Decimal("1.35")
#: So many letters of a name are beside its bar; the table has all.
_LABEL = 22

_SVG = "http://www.w3.org/2000/svg"
#: What pygal draws for scripts and for axes that nobody needs beside figures.
_LEFT_OUT = frozenset({"script", "style", "title", "desc"})
_HATCHED = 1


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, what it shows in words, and what its kinds of bars are called.

    `svg` is made of pygal's own elements and of texts that are escaped.
    """

    svg: str
    says: str
    legend: tuple[str, ...]


def chart_of(
    lines: Sequence[Line],
    *,
    label: str,
    columns: Sequence[Column],
    id: str,
    says: str,
    reading: str = "",
) -> Chart | None:
    """Draw the first lines as bars, a kind for each column; None where there is nothing to draw.

    `id` is the drawing's own on its page, `says` what a reader who does not see it is told.
    """
    shown = [one for one in lines if any(_number(one.get(each.key)) for each in columns)][:MOST]
    if not shown:
        return None
    names = [_shortened(name_of(one, label)) for one in shown]
    drawn = _draw(names, shown, columns)
    return Chart(
        svg=_finished(drawn, id=id, says=says),
        says=reading or says,
        legend=tuple(one.title for one in columns),
    )


def _pygal() -> tuple[Any, Any]:
    """Give the kind of chart and its style.

    The library looks for plug-ins at every import the process makes from then on, in a way that
    Python warns of; there are none here, so what it hangs in for that is taken out, and nothing
    else: other libraries come with it that belong where they are.
    """
    from pygal import HorizontalBar, PluginImportFixer
    from pygal.style import Style

    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, PluginImportFixer)]
    return HorizontalBar, Style


def _draw(names: Sequence[str], lines: Sequence[Line], columns: Sequence[Column]) -> str:
    bar_chart, chart_style = _pygal()
    style = chart_style(
        font_family="sans-serif",
        colors=("#000",) * len(columns),
        value_font_size=_LETTERS,
        **dict.fromkeys(("label_font_size", "major_label_font_size"), _WIDE_LETTERS),
    )
    numbers = [[_number(line.get(one.key)) for line in lines] for one in columns]
    most = max(one for row in numbers for one in row)
    thickness = _BAR if len(columns) == 1 else _THIN_BAR * len(columns) + 6
    chart = bar_chart(
        style=style,
        css=[],
        js=[],
        width=_WIDTH,
        height=_EDGES + thickness * len(lines),
        margin=0,
        spacing=2,
        explicit_size=False,
        disable_xml_declaration=True,
        no_prefix=True,
        show_legend=False,
        show_x_labels=False,
        show_x_guides=False,
        print_values=True,
        print_values_position="top",
        truncate_label=-1,
        range=(0, float(most * _ROOM)),
    )
    # Bars stand from the bottom up.
    chart.x_labels = list(reversed(names))
    for column, row in zip(columns, numbers, strict=True):
        places = places_of(column, lines)
        texts = [figure(line.get(column.key), column, places=places) for line in lines]
        chart.add(
            column.title, [_value(*one) for one in reversed(list(zip(row, texts, strict=True)))]
        )
    drawn: str = chart.render(is_unicode=True)
    return drawn


def _shortened(name: str) -> str:
    return name if len(name) <= _LABEL else f"{name[: _LABEL - 1].rstrip()}…"


def _value(number: Decimal, text: str) -> dict[str, object]:
    return {"value": float(number), "formatter": lambda _: text}


def _number(cell: object) -> Decimal:
    """Give how long a bar is; what is no figure, or less than nothing, has none."""
    if isinstance(cell, bool) or not isinstance(cell, int | Decimal):
        return Decimal(0)
    return max(Decimal(cell), Decimal(0))


def _finished(drawn: str, *, id: str, says: str) -> str:
    """Take out what a page does not need, and put in what tells kinds of bars apart."""
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(drawn)  # noqa: S314 - pygal wrote it a line above
    for parent in list(root.iter()):
        for child in list(parent):
            if _is_left_out(child):
                parent.remove(child)
    root.attrib.pop("id", None)
    root.attrib.update({"class": "chart", "role": "img", "aria-label": says})
    hatch = f"{id}-hatch"
    root.insert(0, _pattern(hatch))
    for series in root.iter(f"{{{_SVG}}}g"):
        classes = series.get("class", "").split()
        if f"color-{_HATCHED}" in classes:
            for bar in series.iter(f"{{{_SVG}}}rect"):
                bar.set("fill", f"url(#{hatch})")
    for text in root.iter(f"{{{_SVG}}}text"):
        if text.get("class") == "value":
            text.set("text-anchor", "start")
    return ElementTree.tostring(root, encoding="unicode")


def _is_left_out(element: ElementTree.Element) -> bool:
    name = element.tag.rpartition("}")[2]
    classes = element.get("class", "").split()
    return (
        name in _LEFT_OUT
        or "tooltip-overlay" in classes
        or "background" in classes
        or (name == "g" and classes == ["axis", "x"])
    )


def _pattern(id: str) -> ElementTree.Element:
    """Give slanted lines, so that the second kind of bars is told apart without colour."""
    defs = ElementTree.Element(f"{{{_SVG}}}defs")
    pattern = ElementTree.SubElement(
        defs,
        f"{{{_SVG}}}pattern",
        {
            "id": id,
            "class": "hatch",
            "width": "6",
            "height": "6",
            "patternUnits": "userSpaceOnUse",
            "patternTransform": "rotate(45)",
        },
    )
    ElementTree.SubElement(pattern, f"{{{_SVG}}}rect", {"width": "6", "height": "6"})
    ElementTree.SubElement(pattern, f"{{{_SVG}}}path", {"d": "M0 0v6"})
    return defs
