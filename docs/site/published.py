"""What a site has only where it is published: its address, which tells search
engines and previews where a page is, and the way to mend a page.

Both are options of `docs/site build`; without them no page says anything of
the kind.
"""

from collections import namedtuple
from html import escape
from urllib.parse import quote, urlsplit

NOWHERE = "404.html"

# base: the address of the folder that holds index.html, or "".
# edit: the address where {path} of the repository is edited, or "".
Published = namedtuple("Published", "base edit", defaults=["", ""])


def address(published, url):
    """A page's own address; the first page's is that of its folder."""
    return published.base.rstrip("/") + "/" + url.removesuffix("index.html")


def canonical(published, url):
    """Tells which address is the page's own, whatever it was opened by."""
    if not published.base or url == NOWHERE:
        return ""
    own = escape(address(published, url))
    return (f'<link rel="canonical" href="{own}">\n'
            f'<meta property="og:url" content="{own}">\n')


def edit_link(published, path):
    """The end of a page that is made of a file of the repository."""
    if not published.edit or not path:
        return ""
    href = published.edit.replace("{path}", quote(path))
    return (f'<footer class="edit"><a href="{escape(href)}">Edit this page'
            "</a></footer>")


def base(published, url):
    """Where the links of 404.html begin: a server shows it at any depth."""
    if url != NOWHERE:
        return ""
    if published.base:
        folder = urlsplit(address(published, "")).path
        return f'<base href="{escape(folder)}">\n'
    return ("<script>if (location.protocol !== 'file:') "
            "document.write('<base href=\"/\">');</script>\n")


def write_sitemap(published, folder):
    """Writes sitemap.xml, the list of all pages for search engines."""
    if not published.base:
        return
    pages = sorted(path.name for path in folder.glob("*.html")
                   if path.name != NOWHERE)
    places = (escape(address(published, page)) for page in pages)
    rows = "".join(f"<url><loc>{place}</loc></url>\n" for place in places)
    (folder / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns='
        f'"http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n',
        encoding="utf-8")
