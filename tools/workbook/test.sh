#!/bin/sh
# test.sh test [CTEST-ARG...]: the course's own tests, as `./workbook test`
# runs them once the machine has what they need.  First all of them, built by
# gcc; then the starters and solutions, built by clang.  Each in random order,
# over all cores; exit status 1 if anything fails.
root=${0%/tools/workbook/*}
cd "$root" || exit 2
shift
jobs=$(nproc)
mkdir -p build || exit 2
failed=

say() {
    printf '\n== %s\n' "$*"
}

# build PRESET TARGET...: configures and builds; shows what was said only if
# that fails.
build() {
    preset=$1
    shift
    log=build/$preset.log
    if cmake --preset "$preset" >"$log" 2>&1 &&
        ninja -C "build/$preset" "$@" >>"$log" 2>&1; then
        return
    fi
    grep -A 20 -E '^(FAILED|CMake Error|ninja: error)' "$log" ||
        tail -n 20 "$log"
    echo "workbook: $preset could not be built; all that was said is in $log" >&2
    failed=1
    return 1
}

# check PRESET LABELS [CTEST-ARG...]
check() {
    preset=$1
    labels=$2
    shift 2
    ctest --test-dir "build/$preset" -L "$labels" -j "$jobs" \
        --schedule-random --output-on-failure --no-tests=ignore \
        --test-output-size-passed 65536 \
        --output-junit "$PWD/build/$preset.xml" "$@" || failed=1
}

rm -f build/tests.xml build/clang.xml
say "gcc: building"
if build tests; then
    check tests '^author$' "$@"
fi
say "clang: building"
if build clang all.solution all.starter all.check; then
    check clang '^(solution|starter)$' "$@"
fi
say "all together"
python3 tests/course/summary.py build/tests.xml build/clang.xml || failed=1
[ -z "$failed" ]
