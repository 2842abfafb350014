"""What is a name in C code: a call, a structure, or a constant, known by its
shape.  The compiler knows better, and is asked when the index is checked."""

import re
import subprocess

from course import markdown

STRUCT = r"(?<!\w)struct [a-z]\w*"
CALL = r"(?<![\w.>])[A-Za-z_]\w*\((?![4-8]\))"
CONSTANT = (r"(?<![\w-])(?:_?[A-Z][A-Z0-9]*_[A-Z0-9_]+|_[A-Z]{3,}|SOMAXCONN"
            r"|WEXITED|(?:E[A-Z]|FIO|POLL|SIG|WNO)[A-Z0-9]{2,})\b")
NAME = re.compile(f"{STRUCT}|{CALL}|{CONSTANT}")
NO_NAMES = {"sizeof()", "int()", "main()", "start_routine()", "start()",
            "cmsg()", "time_batch()", "sendall()", "__attribute__()",
            "struct reading", "TIME_WAIT", "NULL", "EOF"}

SAID = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\""
                  r"|'(?:\\.|[^'\\\n])+'", re.S)
INCLUDED = re.compile(r"^#include (<.*>)", re.M)
DECLARED = re.compile(r"^\w[\w\s*]*?\b(\w+\()[^;{}]*\);"
                      r"|\b(struct \w+) \{", re.M)
DEFINED = re.compile(r"^\w[\w\s*]*?\b(\w+\()[^;{}]*\)\s*\{"
                     r"|^#define ([A-Za-z]\w*\(?)"
                     r"|\benum\b[^{;]*\{([^}]*)\}", re.M)
MEMBER = re.compile(r"(?:^|,)\s*(\w+)")

COMPILE = ["cc", "-E", "-dD", "-P", "-D_GNU_SOURCE", "-x", "c", "-"]


def names_in(code):
    """Yields the names in a piece of code: `bind()`, `struct addrinfo`,
    `EAGAIN`."""
    return (name for name in map(whole, NAME.findall(code))
            if name not in NO_NAMES)


def whole(found):
    return found + ")" if found.endswith("(") else found


def declared_in(code):
    """What a piece of code declares for others: its prototypes and structs."""
    return {whole("".join(groups)) for groups in DECLARED.findall(code)}


def defined_in(code):
    """What a piece of code makes itself, and nobody looks up."""
    return {whole(word) for call, macro, members in DEFINED.findall(code)
            for word in [call, macro, *MEMBER.findall(members)] if word}


def c_elements(part):
    """Yields (element, code) for what a block says in C: in code spans and in
    fences of C, without comments and strings."""
    for code in part.find_all("code"):
        if markdown.language(code) in ("", "c"):
            yield code, SAID.sub(" ", code.text())


def code_in(part):
    return (code for _, code in c_elements(part))


def is_program(code):
    return "int main(" in code


def system_names(course):
    """What the headers declare that the course includes anywhere."""
    paths = [*course.root.glob("solutions/*/*.c"),
             *course.root.glob("tests/*/facts.c")]
    includes = {name for path in paths for name in
                INCLUDED.findall(path.read_text(encoding="utf-8"))}
    source = "".join(f"#include {name}\n" for name in sorted(includes))
    text = subprocess.run(COMPILE, input=source, text=True, check=True,
                          stdout=subprocess.PIPE).stdout
    return defined_in(text) | {name for name in loosely(text)
                               if not name.isupper()}


def loosely(code):
    """Yields whatever might be a name: each structure, each call, each word
    in capitals."""
    for found in re.findall(r"\bstruct \w+|\b[A-Za-z_]\w{2,}\(?", code):
        name = whole(found)
        if name != found or " " in name or name.isupper():
            yield name
