/* The course's pages, if they were built here. */
#ifndef WORKBOOK_SITE_H
#define WORKBOOK_SITE_H

#include "state.h"

#define DOCS_DIR "build/docs"
#define SITE DOCS_DIR "/site/html"

/* Tells the pages which labs have passed: a script that lies beside them and
 * that they load.  Where there is none, there are no pages to be told. */
void tell_site(const struct state *state);

#endif
