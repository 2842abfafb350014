#!/bin/sh
# shell.sh ROOT: shellcheck finds nothing in the shell scripts.
cd "$1" || exit 1
if ! command -v shellcheck >/dev/null; then
    echo "there is no shellcheck"
    exit 77
fi
exec shellcheck -x workbook .ci/run \
    tools/workbook/*.sh tests/course/*.sh docs/site/browser/*.sh
