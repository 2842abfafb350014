"""Colours code with the class names that Doxygen's source pages use."""

import html
import re

C_KEYWORDS = ("const|enum|extern|inline|sizeof|static|struct|typedef|union"
              "|volatile")
C_FLOW = "break|case|continue|default|do|else|for|goto|if|return|switch|while"
C_TYPES = (r"bool|char|double|float|int|long|short|signed|unsigned|void"
           r"|s?size_t|socklen_t|u?int\d+_t|in_(?:addr|port)_t")
PYTHON = ("and|as|assert|async|await|break|class|continue|def|del|elif|else"
          "|except|finally|for|from|if|import|in|is|lambda|not|or|pass|raise"
          "|return|try|while|with|yield|None|True|False")


def grammar(*rules):
    """One pattern for (class, pattern) pairs; a group's number is its rule's
    place."""
    names = [name for name, _ in rules]
    joined = "|".join(f"({pattern})" for _, pattern in rules)
    return names, re.compile(joined, re.M | re.S)


GRAMMARS = {
    "c": grammar(
        ("comment", r"/\*.*?\*/|//[^\n]*"),
        ("stringliteral", r'"(?:\\.|[^"\\\n])*"|<[\w/]+\.h>'),
        ("charliteral", r"'(?:\\.|[^'\\\n])+'"),
        ("preprocessor", r"^\s*#\s*\w+"),
        ("keywordflow", rf"\b(?:{C_FLOW})\b"),
        ("keywordtype", rf"\b(?:{C_TYPES})\b"),
        ("keyword", rf"\b(?:{C_KEYWORDS})\b")),
    "python": grammar(
        ("comment", r"#[^\n]*"),
        ("stringliteral", r"[bfr]*\"\"\".*?\"\"\"|[bfr]*\"(?:\\.|[^\"\\\n])*\""
                          r"|[bfr]*'(?:\\.|[^'\\\n])*'"),
        ("keyword", rf"\b(?:{PYTHON})\b")),
    "diff": grammar(
        ("comment", r"^(?:---|\+\+\+|@@)[^\n]*"),
        ("added", r"^\+[^\n]*"),
        ("removed", r"^-[^\n]*")),
}


def highlight(code, language):
    """Returns the code as HTML; a language without a grammar stays plain."""
    if language not in GRAMMARS:
        return html.escape(code, quote=False)
    names, pattern = GRAMMARS[language]
    done, end = [], 0
    for token in pattern.finditer(code):
        done.append(html.escape(code[end:token.start()], quote=False))
        words = html.escape(token[0], quote=False)
        name = names[token.lastindex - 1]
        done.append(f'<span class="{name}">{words}</span>')
        end = token.end()
    return "".join(done) + html.escape(code[end:], quote=False)
