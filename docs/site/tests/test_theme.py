"""The theme's sheet and script, as they are put together."""

import re
import unittest

import theme

NAMED = re.compile(r"^(?:function|const|let) (\w+)", re.M)


class Script(unittest.TestCase):
    def test_no_two_parts_use_one_name(self):
        names = NAMED.findall(theme.script())
        twice = sorted({name for name in names if names.count(name) > 1})
        self.assertEqual(twice, [])


if __name__ == "__main__":
    unittest.main()
