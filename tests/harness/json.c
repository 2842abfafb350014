#include "json.h"

#include "text.h"

#include <string.h>

void put_json_string(FILE *f, const char *s)
{
    if (s == NULL) {
        fputs("null", f);
        return;
    }
    putc('"', f);
    for (size_t left = strlen(s); left > 0;) {
        size_t n = utf8_length(s, left);
        unsigned char c = (unsigned char)*s;
        if (n == 0 || c < 0x20 || c == 0x7f) {
            fprintf(f, "\\u%04x", c);
            n = 1;
        } else {
            if (c == '"' || c == '\\')
                putc('\\', f);
            fwrite(s, 1, n, f);
        }
        s += n;
        left -= n;
    }
    putc('"', f);
}
