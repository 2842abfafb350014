"""The workbook's pages: builds the site and checks the prose.

    python3 docs/site build --out DIR [--proofs DIR] [--base-url URL]
                            [--edit-url PATTERN]
    python3 docs/site check [--fix] [snippets|examples|links|facts|figures|
                                     gallery|cases|glossary|manual|myths|
                                     names|markup|verdicts|transcripts]
    python3 docs/site verify --out DIR
    python3 docs/site weigh --out DIR
    python3 docs/site book --out DIR
"""

import argparse
import shutil
import sys
from pathlib import Path

import verify
from book import book
from book.book import BookError
from build import build
from course import cases, statements
from course.course import Course, CourseError
from doxygen import DoxygenError
from drawing import figures
from page import facts, gallery, glossary, manual, names
from problems import Problems
from prose import examples, links, markup, snippets, transcripts, verdicts
from published import Published
from sitemap import Sitemap

ROOT = Path(__file__).resolve().parent.parent.parent


def main():
    options = read_options()
    require(*TOOLS[options.command])
    problems = Problems(options.root.resolve())
    try:
        COMMANDS[options.command](problems, options)
    except (BookError, CourseError, DoxygenError) as error:
        sys.exit(str(error))
    sys.exit(problems.report())


def require(*tools):
    """Without its tools a test is skipped, and says so."""
    for tool in tools:
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed", file=sys.stderr)
            sys.exit(77)


def read_options():
    parser = argparse.ArgumentParser(
        prog="docs/site", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=ROOT,
                        help="the course (default: the one this stands in)")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("build", "verify", "weigh", "book"):
        command = commands.add_parser(name)
        command.add_argument("--out", type=Path, required=True)
        if name == "build":
            command.add_argument("--proofs", type=Path, metavar="DIR",
                                 help="what the facts said, by chapter")
            add_publication(command)
    command = commands.add_parser("check")
    command.add_argument("what", nargs="*", type=check_name,
                         default=list(CHECKS))
    command.add_argument("--fix", action="store_true",
                         help="write what is true into the chapters")
    command.add_argument("--programs", type=Path,
                         default=ROOT / "build/tests/solutions",
                         help="where the built solutions are")
    command.add_argument("--checkers", type=Path,
                         default=ROOT / "build/tests/tests",
                         help="where the built checkers are")
    return parser.parse_args()


def add_publication(command):
    command.add_argument("--base-url", default="", metavar="URL",
                         help="the address at which the site is published")
    command.add_argument("--edit-url", default="", metavar="PATTERN",
                         help="where a file is edited, {path} being its name")


def check_name(word):
    if word not in CHECKS:
        raise argparse.ArgumentTypeError(f"there is no check {word}")
    return word


def run_build(problems, options):
    course = sound_course(Course(options.root, options.proofs), problems)
    if not problems.found:
        build(course, options.out.resolve(),
              Published(options.base_url, options.edit_url))
        run_verify(problems, options)
        print(options.out.resolve() / "html/index.html")


def run_verify(problems, options):
    verify.check(options.out.resolve() / "html", problems)


def run_weigh(problems, options):
    verify.weigh(options.out.resolve() / "html", problems)


def run_book(problems, options):
    """The same documents as one page, an EPUB and a PDF."""
    course = sound_course(Course(options.root), problems)
    if not problems.found:
        book.write(course, options.out.resolve(), problems)
    if not problems.found:
        book.report(options.out.resolve())


def sound_course(course, problems):
    """Only what is sound is built: a dead link has no page to lead to."""
    for check in (links.check, snippets.check, markup.check, gallery.check):
        check(course, problems)
    return course


def run_checks(problems, options):
    course = Course(options.root)
    for name in options.what:
        CHECKS[name](course, problems, options)


CHECKS = {
    "snippets": lambda c, p, o: snippets.check(c, p, o.fix),
    "examples": lambda c, p, o: examples.check(c, p),
    "links": lambda c, p, o: links.check(c, p),
    "facts": lambda c, p, o: facts.check(c, p),
    "figures": lambda c, p, o: figures.check(c, p, o.fix),
    "gallery": lambda c, p, o: gallery.check(c, p),
    "manual": lambda c, p, o: manual.check(c, Sitemap(c), p),
    "cases": lambda c, p, o: cases.check(c, p, o.checkers),
    "glossary": lambda c, p, o: glossary.check(c, p),
    "myths": lambda c, p, o: statements.check(c, p),
    "names": lambda c, p, o: names.check(c, p),
    "markup": lambda c, p, o: markup.check(c, p),
    "verdicts": lambda c, p, o: verdicts.check(c, p),
    "transcripts": lambda c, p, o: transcripts.check(c, p, o.programs, o.fix),
}

TOOLS = {"build": ("cmark-gfm", "doxygen"), "verify": (),
         "weigh": (), "book": ("cmark-gfm", "weasyprint"),
         "check": ("cmark-gfm",)}

COMMANDS = {"build": run_build, "verify": run_verify, "weigh": run_weigh,
            "book": run_book, "check": run_checks}

if __name__ == "__main__":
    main()
