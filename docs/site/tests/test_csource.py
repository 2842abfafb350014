"""Parts of C files are found as a reader would find them."""

import tempfile
import unittest
from pathlib import Path

from course import csource

SOURCE = """\
static int twice(int n);

/* Calls
 * twice(). */
int main(void)
{
    /* TODO 1: two lines
     * of advice */
    return twice(1); /* '}' */
    /* END 1 */
}
/* Doubles n. */
static int twice(int n)
{
    return 2 * n;
}

static struct pair *make_pair(int one,
                              int other)
{
    return 0;
}

CASE("one-pair", "there is a pair",
     READ("pairs"))
{
    expect(make_pair(1, 2));
}
"""


class Quoting(unittest.TestCase):
    def quote(self, part):
        with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
            file.write(SOURCE)
            file.flush()
            return csource.quote(Path(file.name), part)

    def test_a_function_comes_with_its_comment(self):
        text, first = self.quote("twice")
        self.assertEqual(first, 12)
        self.assertTrue(text.startswith("/* Doubles n. */\nstatic int"))
        self.assertTrue(text.endswith("    return 2 * n;\n}\n"))

    def test_a_comment_of_several_lines_is_whole(self):
        self.assertTrue(self.quote("main")[0].startswith("/* Calls\n"))

    def test_a_head_of_several_lines(self):
        text, first = self.quote("make_pair")
        self.assertEqual(first, 18)
        self.assertEqual(len(text.splitlines()), 5)

    def test_a_region_stands_without_its_markers(self):
        self.assertEqual(self.quote("1"),
                         ("return twice(1); /* '}' */\n", 9))

    def test_a_case_is_known_by_its_id(self):
        text, first = self.quote("one-pair")
        self.assertEqual(first, 24)
        self.assertTrue(text.startswith('CASE("one-pair", '))
        self.assertTrue(text.endswith("    expect(make_pair(1, 2));\n}\n"))

    def test_without_a_part_it_is_the_whole_file(self):
        self.assertEqual(self.quote(None), (SOURCE, 1))

    def test_what_is_not_there(self):
        for part, says in (("2", "has no TODO 2"),
                           ("thrice", r"has no function thrice\(\)"),
                           ("no-pair", "has no case no-pair")):
            with self.assertRaisesRegex(csource.NotFound, says):
                self.quote(part)


if __name__ == "__main__":
    unittest.main()
