/* Linked into every sanitized program.  Leaks are not what the course is
 * about, and the search for them cannot run under strace or gdb, with which
 * learners look at their programs. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
