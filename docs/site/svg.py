"""Makes the SVG of any tool fit for a page: one palette, no leftovers."""

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


def root_attribute(markup, name):
    return ET.fromstring(markup).get(name)
