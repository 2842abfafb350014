#define _GNU_SOURCE
#include "editor.h"
#include "../paths.h"
#include "../problems.h"
#include "terminal.h"

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    NOT_FOUND = 127 /* as a shell says it */
};

/* How editors are told the line: %f stands for the file, %l for the line.
 * All others understand vi's way, which POSIX has. */
static const struct {
    const char *name, *arguments;
} known[] = {
    {"code", "-g %f:%l"},   {"code-insiders", "-g %f:%l"},
    {"codium", "-g %f:%l"}, {"cursor", "-g %f:%l"},
    {"subl", "%f:%l"},      {"zed", "%f:%l"},
    {"hx", "%f:%l"},        {"kate", "-l %l %f"},
    {"gedit", "+%l %f"},    {"clion", "--line %l %f"},
};

static const char USUAL[] = "+%l %f";

static const char *first_set(const char *const names[])
{
    for (; *names; names++) {
        const char *value = getenv(*names);
        if (value && *value)
            return value;
    }
    return NULL;
}

/* What the learner has said, or what the system calls its editor. */
static const char *find_editor(void)
{
    static const char *const names[] = {"WORKBOOK_EDITOR", "VISUAL", "EDITOR",
                                        NULL};
    const char *said = first_set(names), *program = getenv("TERM_PROGRAM");

    if (said)
        return said;
    if (program && strcmp(program, "vscode") == 0)
        return "code";
    return access("/usr/bin/editor", X_OK) == 0 ? "/usr/bin/editor" : "vi";
}

/* The arguments for an editor, by the name of its program. */
static const char *find_arguments(const char *editor)
{
    size_t length = strcspn(editor, " ");
    const char *slash = memrchr(editor, '/', length);
    const char *name = slash ? slash + 1 : editor;

    length -= (size_t)(name - editor);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i].name) == length &&
            strncmp(known[i].name, name, length) == 0)
            return known[i].arguments;
    }
    return USUAL;
}

/* Puts file and line in; both are safe in a shell's command. */
static void put_command(FILE *out, const char *words, const char *file,
                        size_t line)
{
    for (; *words; words++) {
        if (words[0] == '%' && words[1] == 'f')
            fprintf(out, "'%s'", file);
        else if (words[0] == '%' && words[1] == 'l')
            fprintf(out, "%zu", line);
        else
            fputc(*words, out);
        words += words[0] == '%' && words[1] && strchr("fl", words[1]);
    }
}

static char *make_command(const char *editor, const char *file, size_t line)
{
    char *command;
    size_t size;
    FILE *out = open_memstream(&command, &size);

    if (!out)
        err(2, "out of memory");
    put_command(out, editor, file, line);
    if (!strstr(editor, "%f")) {
        fputc(' ', out);
        put_command(out, find_arguments(editor), file, line);
    }
    fclose(out);
    return command;
}

/* The line that the compiler complains of, 0 when it does not. */
static size_t broken_line(const char *verdict, const char *file)
{
    const char *at = verdict ? strstr(verdict, file) : NULL;

    if (!at || !strstr(verdict, "does not compile"))
        return 0;
    at += strlen(file);
    return *at == ':' ? strtoul(at + 1, NULL, 10) : 0;
}

/* In the child: a process group of its own in the foreground, so that Ctrl-C
 * is the editor's alone; and the signals as they are for everybody. */
static _Noreturn void become_editor(const char *command)
{
    sigset_t none;

    setpgid(0, 0);
    tcsetpgrp(STDIN_FILENO, getpid());
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(NOT_FOUND);
}

/* Waits until the editor ends.  When it is stopped, so are we, and we go on
 * together. */
static int await_editor(pid_t pid)
{
    int status;

    for (;;) {
        if (waitpid(pid, &status, WUNTRACED) == -1)
            return NOT_FOUND;
        tcsetpgrp(STDIN_FILENO, getpgrp());
        if (WIFEXITED(status))
            return WEXITSTATUS(status);
        if (WIFSIGNALED(status))
            return 128 + WTERMSIG(status);
        kill(getpid(), SIGSTOP);
        tcsetpgrp(STDIN_FILENO, pid);
        kill(-pid, SIGCONT);
    }
}

static int run_on_terminal(const char *command)
{
    pid_t pid = fork();

    if (pid == 0)
        become_editor(command);
    return pid == -1 ? NOT_FOUND : await_editor(pid);
}

/* What to say of an editor that ended so; NULL when all is well. */
static char *explain_end(const char *editor, int status)
{
    char *why_not = NULL;
    int rc = 0;

    if (status == NOT_FOUND)
        rc = asprintf(&why_not, "There is no editor %s: set EDITOR to yours.",
                      editor);
    else if (status != 0)
        rc = asprintf(&why_not, "%s ended with status %d.", editor, status);
    if (rc == -1)
        err(2, "out of memory");
    return why_not;
}

char *open_editor(const struct lab *lab, const char *verdict)
{
    struct path file = source_path(DESK, lab);
    const char *editor = find_editor();
    size_t line = broken_line(verdict, file.text);
    char *command =
        make_command(editor, file.text, line ? line : first_todo(file.text));
    int status;

    give_terminal();
    status = run_on_terminal(command);
    take_terminal();
    free(command);
    return explain_end(editor, status);
}
