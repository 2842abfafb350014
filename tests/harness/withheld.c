#include "withheld.h"

#include <stdlib.h>
#include <string.h>

bool is_withheld(const char *facility)
{
    const char *item = getenv("WORKBOOK_WITHOUT");
    size_t n = strlen(facility);

    while (item != NULL && *item != '\0') {
        size_t len = strcspn(item, ",");
        if (len == n && memcmp(item, facility, n) == 0)
            return true;
        item += len + (item[len] == ',');
    }
    return false;
}
