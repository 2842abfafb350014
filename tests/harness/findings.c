#include "findings.h"

#include "json.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

struct findings *share_findings(void)
{
    void *p = mmap(NULL, sizeof(struct findings), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

/* Copies a text as one line: where there was space, one is left.  What does
 * not fit is cut off, and dots say so. */
static void copy_line(char *to, size_t room, const char *from)
{
    size_t n = 0;

    for (; *from != '\0' && n + 1 < room; from++) {
        bool is_space = strchr(" \n\t\r", *from) != NULL;
        if (!is_space)
            to[n++] = *from;
        else if (n > 0 && to[n - 1] != ' ')
            to[n++] = ' ';
    }
    if (*from != '\0')
        memcpy(to + n - 3, "...", 3);
    else if (n > 0 && to[n - 1] == ' ')
        n--;
    to[n] = '\0';
}

void note_finding(struct findings *f, const char *tried, const char *got)
{
    struct finding new;
    int alike = 0;

    copy_line(new.tried, sizeof new.tried, tried);
    copy_line(new.got, sizeof new.got, got);
    for (int i = 0; i < f->n; i++)
        if (strcmp(f->list[i].tried, new.tried) == 0) {
            if (strcmp(f->list[i].got, new.got) == 0)
                return;
            alike++;
        }
    if (f->n == MOST_FINDINGS || alike == MOST_ALIKE)
        f->more++;
    else
        f->list[f->n++] = new;
}

void note_why(struct findings *f, const char *why)
{
    copy_line(f->why, sizeof f->why, why);
}

static void put_member(FILE *out, const char *name, const char *value)
{
    fprintf(out, ",\"%s\":", name);
    put_json_string(out, value[0] != '\0' ? value : NULL);
}

void print_findings_json(FILE *out, const struct fact *fact, const char *status,
                         const struct findings *f)
{
    fputs("{\"name\":", out);
    put_json_string(out, fact->name);
    put_member(out, "claim", fact->claim);
    put_member(out, "status", status);
    put_member(out, "why", f->why);
    fputs(",\"seen\":[", out);
    for (int i = 0; i < f->n; i++) {
        fputs(i > 0 ? ",{\"tried\":" : "{\"tried\":", out);
        put_json_string(out, f->list[i].tried);
        put_member(out, "got", f->list[i].got);
        putc('}', out);
    }
    fprintf(out, "],\"more\":%d}\n", f->more);
}
