"""Where a verdict says "Read", the chapter has that heading."""

import re

READ = re.compile(r'READ\("([^"]*)"\)')


def check(course, problems):
    for path in sorted((course.root / "tests").glob("[0-9][0-9]-*/*.c")):
        chapter = course.root / "chapters" / f"{path.parent.name}.md"
        document = course.documents.get(chapter)
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            for anchor in READ.findall(line):
                if document is None or anchor not in document.anchors:
                    problems.add(path, number,
                                 f"{course.name(chapter)} has no heading"
                                 f" #{anchor}")
