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
    """All patches of one lab, folded, under the lab's name."""
    lab = folder.parent.name
    patches = map(read, sorted(folder.glob("*.patch")))
    return (f'<h3 id="bugs-of-{lab}"><code>{lab}</code></h3>'
            + "".join(entry(*patch) for patch in patches))


def entry(head, diff):
    says = head["Says"]
    verdict = f"<p>The checker says: <q>{escape(says)}</q></p>" if says else ""
    return (f'<details class="bug"><summary>{escape(head["Misbelief"])}'
            f'</summary><pre tabindex="0"><code>'
            f'{highlight.highlight(diff, "diff")}</code></pre>'
            f"{verdict}</details>")
