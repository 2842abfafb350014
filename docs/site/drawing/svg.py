"""Makes the SVG of any tool fit for a page: one palette, no leftovers."""

import copy
import re
import xml.etree.ElementTree as ET

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
ET.register_namespace("", SVG)
ET.register_namespace("xlink", XLINK)

# Colours as the tools write them, and their names in figure.css.
NAMES = {"#000000": "black", "#ffffff": "white", "#c0c0c0": "gray",
         "#bebebe": "gray", "#d3d3d3": "lightgray", "lightgrey": "lightgray",
         "grey": "gray", "#0000ff": "blue", "#ff0000": "red",
         "#00ff00": "green", "#ffa500": "orange", "transparent": "none"}
TOOLS_OWN = {f"{{{SVG}}}{tag}" for tag in ("title", "desc", "filter")}
FONT = ("font-family", "textLength", "shape-rendering")


def tidy(markup, prefix, style, marks):
    """Returns the SVG with colours by name, ids that begin with `prefix`,
    the sheet `style` inside, and the attributes `marks` on its root."""
    root = ET.fromstring(markup)
    for element in list(root.iter()):
        for child in [c for c in element if c.tag in TOOLS_OWN]:
            element.remove(child)
        for name in FONT:
            element.attrib.pop(name, None)
        for name, value in element.attrib.items():
            element.set(name, own_value(name, value, prefix))
    left, top, width, height = root.get("viewBox").split()
    root.attrib = {"class": "figure", "viewBox": root.get("viewBox"),
                   "width": width, "height": height, "font-size": "14",
                   **marks}
    sheet = ET.Element(f"{{{SVG}}}style")
    sheet.text = style
    root.insert(0, sheet)
    return ET.tostring(root, encoding="unicode") + "\n"


def own_value(name, value, prefix):
    if name == "id":
        return f"{prefix}-{value}"
    if name.endswith("href") or value.startswith("url("):
        return value.replace("#", f"#{prefix}-")
    if name in ("fill", "stroke", "color"):
        value = hexadecimal(value)
        return NAMES.get(value, value)
    return " ".join(value.split())


def hexadecimal(colour):
    parts = re.fullmatch(r"rgb\(\s*(\d+),\s*(\d+),\s*(\d+)\)", colour)
    if not parts:
        return colour.lower()
    return "#" + "".join(f"{int(part):02x}" for part in parts.groups())


def inline(markup, label):
    """Returns the SVG as a page holds it: the page's own sheet colours it,
    unless its colours are its own, and `label` says what it shows."""
    root = ET.fromstring(markup)
    style = root.find(f"{{{SVG}}}style")
    if style is not None:
        root.remove(style)
    root.set("role", "img")
    root.set("aria-label", label)
    return ET.tostring(root, encoding="unicode")


def coloured(markup, label, palette):
    """Returns the SVG with the colours of `palette` in place of their names,
    for readers that know no sheets."""
    root = ET.fromstring(inline(markup, label))
    root.set("font-family", root.get("font-family", "sans-serif"))
    unfold(root, {e.get("id"): e for e in copy.deepcopy(root).iter()})
    paint(root, palette, "black")
    return ET.tostring(root, encoding="unicode")


def standing(markup, palette):
    """Returns the SVG as a file that needs no sheet, on white paper."""
    root = ET.fromstring(coloured(markup, "", palette))
    del root.attrib["aria-label"], root.attrib["role"]
    left, top, _, _ = root.get("viewBox").split()
    root.insert(0, ET.Element(f"{{{SVG}}}rect", {
        "x": left, "y": top, "width": "100%", "height": "100%",
        "fill": "#ffffff"}))
    # Identities begin with a figure's number, and in a file of its own XML
    # wants a letter there.
    return re.sub(r'(\bid="|\bhref="#|url\(#)', r"\1f-",
                  ET.tostring(root, encoding="unicode")) + "\n"


def unfold(element, by_identity):
    """Puts a copy of what is used where it is used: its colours depend on
    the place, and few readers get that right."""
    if element.tag == f"{{{SVG}}}use":
        link = element.attrib.pop(f"{{{XLINK}}}href", None)
        link = element.attrib.pop("href", link)
        used = copy.deepcopy(by_identity[link.removeprefix("#")])
        used.attrib.pop("id", None)
        left, top = (element.attrib.pop(name, "0") for name in ("x", "y"))
        moves = [element.get("transform"), f"translate({left} {top})"]
        element.set("transform", " ".join(filter(None, moves)))
        element.tag = f"{{{SVG}}}g"
        element.append(used)
    for child in element:
        unfold(child, by_identity)


def paint(element, palette, current):
    """Replaces the names of colours here and below; `current` is the one
    that holds where an element asks for that of its surroundings."""
    current = element.get("color", current)
    element.attrib.pop("color", None)
    for name in ("fill", "stroke"):
        value = element.get(name)
        if value is not None:
            own = current if value.lower() == "currentcolor" else value
            element.set(name, palette.get(own, own))
    for child in element:
        paint(child, palette, current)


def root_attribute(markup, name):
    return ET.fromstring(markup).get(name)
