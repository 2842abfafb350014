#!/bin/sh
# setup.sh [--yes] [COMMAND [ARG...]]: makes the machine and the build ready
# for a command of ./workbook, and hands over to it.  Exit status 2 when that
# cannot be done, after one sentence that says why.
root=${0%/tools/workbook/*}
. "$root/tools/workbook/packages.sh"

fail() {
    echo "workbook: $*" | fold -s -w 80 >&2
    exit 2
}

# Configures and builds the runner; all else is the runner's to build.
build_runner() {
    build=$root/build/learn
    log=$root/build/setup.log
    if ! { mkdir -p "$build" && : >"$log"; } 2>/dev/null; then
        fail "cannot write $root/build: is it yours, and the disk not full?"
    fi
    if [ -f "$build/build.ninja" ] &&
        [ -x "$build/tools/workbook/workbook" ]; then
        return
    fi
    echo "Preparing the workbook; this happens once." >&2
    if ! [ -f "$build/build.ninja" ] &&
        ! (cd "$root" && cmake --preset learn) >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "CMake could not prepare the build; all it said is in $log"
    fi
    if ! ninja -C "$build" --quiet workbook >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "the runner could not be built; all it said is in $log"
    fi
}

yes=
rest=
for arg; do # takes --yes out, wherever it stands before "--"
    shift
    [ "$arg" = -- ] && rest=1
    if [ "$arg" = --yes ] && [ -z "$rest" ]; then
        yes=1
    else
        set -- "$@" "$arg"
    fi
done

case ${1-} in
help | -h | --help)
    exec cat "$root/tools/workbook/help.txt"
    ;;
test)
    PATH=/usr/bin:$PATH # the system's python3 finds the system's packages
    export PATH
    prepare_machine tests
    exec sh "$root/tools/workbook/test.sh" "$@"
    ;;
docs)
    case ${2-} in
    --book) prepare_machine book ;;
    *) prepare_machine docs ;;
    esac
    ;;
*)
    prepare_machine learn
    ;;
esac
build_runner
if [ "${1-}" = setup ]; then
    echo "All is set up: ./workbook shows where to begin."
    exit
fi
exec "$root/build/learn/tools/workbook/workbook" "$@"
