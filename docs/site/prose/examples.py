"""A whole program that a chapter shows compiles as it stands, without a
warning: a reader will type it in."""

import os
import shutil
import subprocess

COMPILE = ["cc", "-Wall", "-Wextra", "-Werror", "-x", "c", "-", "-o",
           os.devnull]


def check(course, problems):
    for document in course.documents.values():
        for fence in programs(document):
            check_program(document, fence, problems)


def programs(document):
    """What is quoted from a file is compiled where that file is."""
    return (f for f in document.fences() if f.language == "c"
            and "int main(" in f.code and not f.meta.startswith("file="))


def check_program(document, fence, problems):
    if not shutil.which(COMPILE[0]):
        problems.skip(document.path, fence.first, "cc is not installed")
        return
    said = subprocess.run(COMPILE, input=fence.code, text=True, check=False,
                          stderr=subprocess.PIPE).stderr
    if said:
        problems.add(document.path, fence.first,
                     "does not compile without a warning:\n" + said.rstrip())
