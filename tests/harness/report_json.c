#include "report.h"

#include "json.h"
#include "text.h"

static void put_member(FILE *f, const char *name, const char *value)
{
    fprintf(f, ",\"%s\":", name);
    put_json_string(f, value);
}

static void put_trail(FILE *f, const struct trail *t)
{
    fputs(",\"trail\":[", f);
    for (size_t i = 0; i < t->n; i++) {
        const struct trail_line *l = &t->lines[i];
        fprintf(f, "%s{\"ms\":%.3f", i > 0 ? "," : "", l->ms);
        put_member(f, "who", l->who);
        put_member(f, "text", l->text);
        put_member(f, "note", l->note);
        putc('}', f);
    }
    putc(']', f);
}

static int count_hints(const struct labcase *c)
{
    int n = 0;

    while (n < 3 && c->hints[n] != NULL)
        n++;
    return n;
}

static void put_result(FILE *f, const struct result *x, const char *chapter)
{
    fputs("{\"id\":", f);
    put_json_string(f, x->c->id);
    put_member(f, "title", x->c->title);
    put_member(f, "status", status_name(x->status));
    put_member(f, "cause", cause_name(x->cause));
    put_member(f, "message", x->message);
    put_member(f, "wanted", x->wanted);
    put_member(f, "got", x->got);
    put_member(f, "why", x->why);
    put_member(f, "read", text("chapters/%s.md#%s", chapter, x->c->read));
    fprintf(f, ",\"hints_total\":%d,\"seconds\":%.6f", count_hints(x->c),
            x->seconds);
    put_trail(f, &x->trail);
    putc('}', f);
}

static const char *verdict(const struct report *r)
{
    const struct result *failure = first_failure(r);

    if (failure != NULL)
        return cause_name(failure->cause);
    return report_status(r) == 77 ? "skip" : "pass";
}

void print_report_json(FILE *f, const struct report *r)
{
    fputs("{\"schema\":1", f);
    put_member(f, "lab", r->lab);
    put_member(f, "chapter", r->chapter);
    put_member(f, "verdict", verdict(r));
    fprintf(f, ",\"seed\":\"0x%016llx\",\"seconds\":%.6f,\"netns\":%s",
            (unsigned long long)r->seed, r->seconds,
            r->netns ? "true" : "false");
    fputs(",\"cases\":[", f);
    for (size_t i = 0; i < r->n; i++) {
        if (i > 0)
            putc(',', f);
        put_result(f, &r->results[i], r->chapter);
    }
    fputs("]}\n", f);
}

static void put_case(FILE *f, const struct labcase *c, const char *chapter)
{
    fputs("{\"id\":", f);
    put_json_string(f, c->id);
    put_member(f, "title", c->title);
    put_member(f, "read", text("chapters/%s.md#%s", chapter, c->read));
    fputs(",\"hints\":[", f);
    for (int i = 0; i < count_hints(c); i++) {
        if (i > 0)
            putc(',', f);
        put_json_string(f, c->hints[i]);
    }
    putc(']', f);
    put_member(f, "formerly", c->formerly);
    putc('}', f);
}

void print_cases_json(FILE *f, const char *chapter, const char *lab)
{
    size_t n;
    struct labcase **cases = all_cases(&n);

    fputs("{\"schema\":1", f);
    put_member(f, "lab", lab);
    put_member(f, "chapter", chapter);
    fputs(",\"cases\":[", f);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            putc(',', f);
        put_case(f, cases[i], chapter);
    }
    fputs("]}\n", f);
}
