"""The index leads from every name to where it is explained."""

import re
import unittest

from course import cnames
from course.course import Course
from page import names
from sitemap import Sitemap
from tests.support import CourseTest

CHAPTER = "chapters/02-second.md"
EXPLAINED = """\
## Waiting

`poll()` waits, and `POLLIN` says for what.

### poll()

```c
#include <poll.h>
int poll(struct pollfd fds[], nfds_t nfds, int timeout);
```

| bit | what |
|:--|:--|
| `POLLIN` | something has come |

## See it happen

`POLLIN`, `POLLIN`, and `poll()` of Python.
"""


class Names(unittest.TestCase):
    def test_have_three_shapes(self):
        code = "if (bind(fd, (struct sockaddr *)&a, n) == EINVAL || SO_ERROR)"
        self.assertEqual(
            list(cnames.names_in(code)),
            ["bind()", "struct sockaddr", "EINVAL", "SO_ERROR"])

    def test_are_not_methods_options_and_pages_of_the_manual(self):
        for code in ("s.bind(a)", "socket(7)", "-D_FORTIFY_SOURCE", "PORT",
                     "sizeof(a)", "p->call(a)"):
            self.assertEqual(list(cnames.names_in(code)), [])

    def test_what_a_program_defines_is_its_own(self):
        self.assertEqual(
            cnames.defined_in("#define MAX_X 3\nenum { A_B = EINTR, C_D };\n"
                             "static int hear(int fd)\n{\n    recv(fd);\n}\n"),
            {"MAX_X", "A_B", "C_D", "hear()"})

    def test_are_sorted_as_a_person_seeks(self):
        entries = [names.Entry(name, [], []) for name in (
            "socket()", "SO_ERROR", "struct sockaddr", "_exit()", "exit()",
            "SOCK_STREAM", "EXDEV")]
        self.assertEqual(
            [entry.name for entry in sorted(entries, key=names.order)],
            ["EXDEV", "_exit()", "exit()", "SO_ERROR", "SOCK_STREAM",
             "struct sockaddr", "socket()"])


class Entries(CourseTest):
    def entries(self):
        course = Course(self.root)
        return {entry.name: entry for entry in names.Index(course).entries}

    def sections(self, name):
        return [place.heading.text() for place in self.entries()[name].places]

    def write(self, text):
        path = self.root / CHAPTER
        path.write_text(path.read_text() + "\n" + text)

    def test_each_chapter_has_one_place_and_the_best_comes_first(self):
        self.assertEqual(self.sections("socket()"), ["The call"])
        self.write("## Twice\n\n`socket()` and `socket()`.\n")
        self.assertEqual(self.sections("socket()"), ["The call", "Twice"])
        self.write("## socket()\n\nMore.\n")
        self.assertEqual(self.sections("socket()"), ["socket()", "The call"])

    def test_declarations_and_tables_explain(self):
        self.write(EXPLAINED)
        for name in ("poll()", "struct pollfd", "POLLIN"):
            self.assertEqual(self.sections(name), ["poll()"])

    def test_a_whole_program_explains_nothing(self):
        self.write("## All\n\n```c\nint main(void)\n{\n    socket(1, 2, 3);\n"
                   "    pause();\n}\n```\n")
        self.assertEqual(self.sections("socket()"), ["The call"])
        self.assertEqual(self.sections("pause()"), ["All"])

    def test_what_is_the_courses_own_is_left_out(self):
        self.assertNotIn("send_all()", self.entries())

    def test_labs_are_named_whose_programs_use_it(self):
        labs = self.entries()["MSG_NOSIGNAL"].labs
        self.assertEqual([lab.name for lab in labs], ["fetch"])
        self.assertEqual(self.entries()["close()"].labs, [])



class Pages(CourseTest):
    def pages(self):
        course = Course(self.root)
        return {page.url: page.markup
                for page in names.pages(course, Sitemap(course))}

    def identities(self, url):
        return re.findall(r'<(?:dt|a) id="([^"]*)"', self.pages()[url])

    def test_a_name_leads_to_where_it_is_explained(self):
        page = self.pages()["names.html"]
        for words in ('<h2 id="s">S</h2>', '<p class="letters"><a href="#',
                      '<li><a id="socket" href="01-first.html#the-call">'
                      "socket()</a> <i>1</i>\n"):
            self.assertIn(words, page)

    def test_in_full_it_has_all_places_and_labs(self):
        self.assertIn('<dt id="socket">socket()<dd>'
                      '<a href="01-first.html#the-call"><i>1</i>\u00a0The cal',
                      self.pages()["names-functions.html"])
        self.assertIn('lab <a href="lab-fetch.html">fetch</a>',
                      self.pages()["names-constants.html"])

    def test_every_name_is_on_the_index_and_on_one_other_page(self):
        parts = [*self.identities("names-functions.html"),
                 *self.identities("names-constants.html")]
        self.assertCountEqual(self.identities("names.html"), parts)
        self.assertIn("socket", self.identities("names-functions.html"))
        self.assertIn("MSG_NOSIGNAL", self.identities("names-constants.html"))

    def test_what_no_chapter_explains_leads_to_its_labs(self):
        self.spoil("solutions/01-first/fetch.c", "MSG_NOSIGNAL", "MSG_MORE")
        self.assertIn('<a id="MSG_MORE" href="names-constants.html#MSG_MORE">'
                      "MSG_MORE</a>\n", self.pages()["names.html"])


class Checking(CourseTest):
    def test_the_fixture_is_sound(self):
        self.assertEqual(self.found(names.check), [])

    def test_a_name_of_another_shape_is_missed_and_told(self):
        self.spoil("solutions/01-first/fetch.c", "#include <err.h>",
                   "#include <err.h>\n#include <stdio.h>")
        self.spoil(CHAPTER, "no `close()`", "no `BUFSIZ`")
        self.assertEqual(self.found(names.check), [
            self.at(CHAPTER, "BUFSIZ") + ": the index has no BUFSIZ"])


if __name__ == "__main__":
    unittest.main()
