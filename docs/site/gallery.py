"""The bug gallery: a lab's known-wrong programs, read from their patches."""

from html import escape

import highlight

FIELDS = ("Misbelief", "Fails", "Says", "Needs")


def read(path):
    """Returns ({field: words}, diff) of one patch."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next((number for number, line in enumerate(lines)
                  if line.startswith("--- ")), len(lines))
    head = dict.fromkeys(FIELDS, "")
    for line in lines[:start]:
        name, _, words = line.partition(":")
        if name in head:
            head[name] = words.strip()
    return head, "\n".join(lines[start:]) + "\n"


def render(folder):
    """The folded entries for all patches of one lab."""
    entries = map(read, sorted(folder.glob("*.patch")))
    return "".join(entry(*patch) for patch in entries)


def entry(head, diff):
    says = head["Says"]
    verdict = f"<p>The checker says: <q>{escape(says)}</q></p>" if says else ""
    return (f'<details class="bug"><summary>{escape(head["Misbelief"])}'
            f'</summary><pre tabindex="0"><code>'
            f'{highlight.highlight(diff, "diff")}</code></pre>'
            f"{verdict}</details>")
