# shellcheck shell=sh
#
# Which programs the workbook needs, and the Debian packages that they are in.
# Read by setup.sh.  What is there already, from wherever, is not installed.

oldest_cmake=3.25
os_release=/etc/os-release
newer_system="Debian 12, Ubuntu 24.04 or anything later has it"

has() {
    command -v "$1" >/dev/null 2>&1
}

# want COMMAND PACKAGE...: notes the packages if there is no such command.
want() {
    has "$1" && return
    shift
    missing="$missing $*"
}

# want_header HEADER PACKAGE: the same for a file that C includes.
want_header() {
    has cc && echo "#include <$1>" | cc -E -x c - >/dev/null 2>&1 && return
    missing="$missing $2"
}

want_for_learning() {
    want cc gcc binutils
    want ld binutils
    want_header stdio.h libc6-dev
    want_header cjson/cJSON.h libcjson-dev
    want cmake cmake
    want ninja ninja-build
    want patch patch
    want diff diffutils
}

want_for_docs() {
    want python3 python3
    want doxygen doxygen
    want cmark-gfm cmark-gfm
    want dot graphviz
    want gnuplot gnuplot-nox
}

# want_font PATTERN PACKAGE: the same for a font, as fontconfig finds it.
want_font() {
    has fc-list && [ -n "$(fc-list "$1" family)" ] && return
    missing="$missing $2"
}

# The book as a PDF.  Of the fonts that have Japanese and Chinese signs, the
# smallest is taken where there is none.
want_for_book() {
    want weasyprint weasyprint
    want fc-list fontconfig
    want_font "Charis SIL" fonts-sil-charis
    want_font "Liberation Sans" fonts-liberation
    want_font "DejaVu Sans Mono" fonts-dejavu-core
    want_font :lang=ja fonts-droid-fallback
}

# A Chromium to look at the site with.  Ubuntu's is a snap, which sees neither
# hidden folders nor /tmp: there the tests that need one are skipped.
want_browser() {
    [ -r "$os_release" ] && grep -q '^ID=ubuntu' "$os_release" && return
    want node nodejs
    want npm npm
    want chromium chromium
}

want_for_tests() {
    want_browser
    want gcc gcc # cc may be another
    want clang clang
    want llvm-symbolizer llvm
    echo 'int main(void) { return 0; }' |
        clang -fsanitize=address -x c - -o /dev/null 2>/dev/null ||
        missing="$missing libclang-rt-dev"
    want clang-format clang-format
    want clang-tidy clang-tidy
    want shellcheck shellcheck
    want strace strace
    want ss iproute2
    want setpriv util-linux
    want nc.openbsd netcat-openbsd
    want nc.traditional netcat-traditional
    want socat socat
    want curl curl
    want tshark tshark
    want s390x-linux-gnu-gcc gcc-s390x-linux-gnu
    echo 'int main(void) { return 0; }' |
        s390x-linux-gnu-gcc -static -x c - -o /dev/null 2>/dev/null ||
        missing="$missing libc6-dev-s390x-cross"
    want qemu-s390x qemu-user
    want groff groff-base
    want xmllint libxml2-utils
    python3 -c 'import pyte' 2>/dev/null ||
        missing="$missing python3-pyte"
    python3 -c 'import jsonschema' 2>/dev/null ||
        missing="$missing python3-jsonschema"
}

# Whether CMake is there, and old enough to be refused.
refuse_old_cmake() {
    has cmake || return
    version=$(cmake --version | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p')
    case $(printf '%s\n' "$oldest_cmake" "$version" | sort -V) in
    "$oldest_cmake"*) ;;
    *) fail "CMake $oldest_cmake is needed, and this is $version: $newer_system" ;;
    esac
}

# A system whose own CMake is too old is told so before anything is installed.
refuse_old_system() {
    has cmake && return
    [ -r "$os_release" ] || return
    # shellcheck source=/dev/null
    system=$(. "$os_release" && echo "$ID $VERSION_ID")
    case $system in
    "debian 9" | "debian 10" | "debian 11" | "ubuntu 1"* | "ubuntu 20"* | \
        "ubuntu 22"* | "ubuntu 23.04")
        fail "the CMake of $system is older than $oldest_cmake: $newer_system"
        ;;
    esac
}

# How to become root: a command to put in front, or status 2.
become_root() {
    become=
    [ "$(id -u)" = 0 ] && return
    become="sudo -n"
    has sudo && sudo -n true 2>/dev/null && return
    echo "The workbook needs some packages. This installs them:" >&2
    echo >&2
    echo "  sudo apt-get install --no-install-recommends$missing" >&2
    exit 2
}

# Asks, if there is somebody to be asked.
ask() {
    if [ -n "$yes" ] || ! [ -t 0 ] || ! [ -t 1 ]; then
        return
    fi
    printf 'The workbook needs:%s\nInstall them now? [Y/n] ' "$missing"
    read -r answer
    case $answer in
    "" | [Yy]*) ;;
    *) fail "nothing was installed; ./workbook asks again when you come back" ;;
    esac
}

apt_install() {
    # $become and $missing are lists of words.
    # shellcheck disable=SC2086
    $become env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
        --no-install-recommends $missing
}

# Installs what is missing; the list of packages is fetched only if the
# machine's own does not do.
install_missing() {
    echo "Installing:$missing" >&2
    log=$(mktemp) || fail "no temporary file could be made"
    # shellcheck disable=SC2086
    if ! apt_install >"$log" 2>&1 </dev/null &&
        ! { $become apt-get update -q && apt_install; } >"$log" 2>&1 </dev/null; then
        tail -n 12 "$log" >&2
        fail "apt-get could not install:$missing (all it said is in $log)"
    fi
    rm -f "$log"
}

# prepare_machine learn|docs|book|tests: after this, all that these need is there.
prepare_machine() {
    missing=
    refuse_old_cmake
    want_for_learning
    case $1 in
    docs | book | tests) want_for_docs ;;
    esac
    case $1 in
    book | tests) want_for_book ;;
    esac
    case $1 in
    tests) want_for_tests ;;
    esac
    [ -z "$missing" ] && return
    has apt-get || fail "no apt-get here, so install these by your system's means:$missing"
    refuse_old_system
    become_root
    ask
    install_missing
    refuse_old_cmake
}
