/* A checker of which one case passes, two fail and one is skipped, whatever
 * the program: for judge.py, which has --expect judge that. */
#include "harness.h"

#define PLAIN READ("judged"), HINTS("none", "none", "none")

CASE("good", "it passes", PLAIN)
{
}

CASE("apple", "it fails", PLAIN)
{
    expect(false, "an apple", "a pear", "A pear: is no apple.");
}

CASE("plum", "it fails, too", PLAIN)
{
    expect(false, "a plum", "a pear", "A plum is smaller.");
}

CASE("nut", "it is skipped", PLAIN)
{
    skip_case("there are no nuts");
}
