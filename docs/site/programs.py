"""The page that lists the programs: the way into the source browser."""

from html import escape

from sitemap import REFERENCE


def render(course, sitemap):
    """Each chapter's solutions, and the header that checkers include."""
    solutions = course.root / "solutions"
    body = "".join(chapter(sitemap, folder)
                   for folder in sorted(solutions.glob("*")))
    if sitemap.headers:
        body += "<h2>What checkers are written with</h2>\n"
        body += listing((REFERENCE + course.name(path), path)
                        for path in sitemap.headers)
    return ('<div class="page"><article>\n<h1>Programs</h1>\n'
            "<p>The solutions, chapter by chapter. Solve the lab first: "
            f"here stands the end of the story.</p>\n{body}</article></div>\n")


def chapter(sitemap, folder):
    programs = [(sitemap.source(path), path)
                for path in sorted(folder.glob("*.c"))]
    return f"<h2>{escape(folder.name)}</h2>\n" + listing(programs)


def listing(links):
    items = "".join(f'<li><a href="{href}">{escape(path.name)}</a></li>\n'
                    for href, path in links)
    return f'<ul class="programs">\n{items}</ul>\n'
