#!/bin/sh
# search.sh SITE: asks the search of the site in the folder SITE what learners
# ask.  Exit status 77 after one sentence where node is missing.
command -v node >/dev/null 2>&1 || {
    echo "skipped: node is not installed" >&2
    exit 77
}
exec node "$(dirname "$0")/search.js" "$1"
