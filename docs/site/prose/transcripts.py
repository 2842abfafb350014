"""Transcripts replay: what a chapter shows is what this machine does."""

import os
import re
import shlex
import shutil
import tempfile
from collections import namedtuple

from prose import match, replay, sandbox

Step = namedtuple("Step", "command output")

BUILTINS = {"cd", "command", "echo", "exec", "exit", "export", "kill",
            "printf", "read", "set", "trap", "ulimit", "umask", "wait", "if",
            "for", "while", "until", "do", "done", ":", "{", "!"}

CONTINUED = "\\\n"


class Fault(Exception):
    """A transcript that cannot be replayed; the message says why."""


class Missing(Exception):
    """A command that this machine does not have."""


def check(course, problems, programs, fix=False):
    path = search_path(course, programs)
    sandbox.adopt_orphans()
    private = sandbox.enter()
    for document in course.documents.values():
        changes = []
        for fence in replayed(document):
            if private:
                sandbox.fresh_network()
            new = check_fence(course, document, fence, problems, path, fix)
            if new and new != fence.code:
                changes.append((fence, new))
        if changes:
            document.replace(changes)


def replayed(document):
    return (f for f in document.fences()
            if f.language == "console" and f.meta == "replay")


def search_path(course, programs):
    """The solutions of all chapters, then what the machine has."""
    folders = sorted(str(p) for p in programs.glob("*") if p.is_dir())
    return os.pathsep.join(folders + [os.environ["PATH"]])


def check_fence(course, document, fence, problems, path, fix):
    """Replays one fence; returns its new text when it is to be mended."""
    differing = []
    try:
        steps = parse(fence.code)
        require(course, steps, path)
        seen, differing = run(steps, path)
        if fix:
            return write(seen)
    except Missing as missing:
        problems.skip(document.path, fence.first, str(missing))
    except (Fault, replay.TooSlow) as fault:
        problems.add(document.path, fence.first, str(fault))
    for step, lines in differing:
        problems.add(document.path, fence.first,
                     f"`{step.command}` prints something else"
                     + match.difference(step.output, lines))
    return None


def parse(code):
    """Cuts a transcript into commands, which a backslash at the end of a
    line continues on the next, and what each one prints."""
    steps, continued = [], False
    for line in code.splitlines():
        if continued:
            steps[-1] = Step(f"{steps[-1].command}\n{line}", [])
        elif line.startswith("$ "):
            steps.append(Step(line[2:], []))
        elif steps:
            steps[-1].output.append(line)
        else:
            raise Fault("a transcript begins with `$ `")
        continued = line.endswith("\\") and not steps[-1].output
    return steps


def write(steps):
    return "".join(f"$ {step.command}\n" + "".join(
        f"{line}\n" for line in step.output) for step in steps)


def run(steps, path):
    """Returns the transcript as it is now, and what differs from the old
    one: [(step, lines), ...]."""
    seen, differing, bindings = [], [], match.Bindings()
    with tempfile.TemporaryDirectory() as directory:
        session = replay.Session(directory, path)
        try:
            for step in steps:
                lines = perform(session, step, bindings)
                bound = match.same(step.output, lines, bindings)
                if bound is None:
                    lines = [bindings.record(line) for line in lines]
                    differing.append((step, lines))
                    step = Step(step.command, match.renew(step.output, lines))
                bindings = bound or bindings
                seen.append(step)
        finally:
            session.close()
    return seen, differing


def perform(session, step, bindings):
    command = bindings.translate(step.command.replace(CONTINUED, ""))
    try:
        if command.endswith("&"):
            return session.start(command, len(step.output))
        return session.run(command)
    except replay.TooSlow as error:
        raise replay.TooSlow(f"`{step.command}` {error}") from None


def require(course, steps, path):
    """Sees that every command is there before the first one is run."""
    joined = (step.command.replace(CONTINUED, "") for step in steps)
    for name in sorted(name for line in joined for name in commands(line)):
        if name in BUILTINS or "/" in name or shutil.which(name, path=path):
            continue
        if list(course.root.glob(f"solutions/*/{name}.c")):
            raise Fault(f"the solution {name} is not built")
        raise Missing(f"there is no {name} here")


def commands(line):
    """The names of the programs that a line of shell starts."""
    try:
        words = list(shlex.shlex(line, posix=True, punctuation_chars=True))
    except ValueError:
        return
    expected = True
    for word in words:
        if set(word) <= set("|&;()"):
            expected = True
        elif expected and not re.match(r"\w+=", word):
            expected = False
            if re.fullmatch(r"[\w./{!+-]+", word):
                yield word
