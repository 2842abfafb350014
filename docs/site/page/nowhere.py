"""404.html, which a server shows in place of a page that does not exist."""

from published import NOWHERE
from sitemap import Generated

MARKUP = """<div class="page"><article>
<h1>No such page</h1>
<p>Nothing is at this address. It may have been mistyped, or the page has
another name now.</p>
<p>The list of chapters leads to everything that there is, and so does the
<a href="index.html">first page</a>.</p>
</article></div>
"""


def pages(course, where):
    yield Generated(NOWHERE, "No such page", MARKUP)
