#!/bin/sh
# run.sh SITE TOOLS NAME: plays tests/NAME.js on the site in the folder SITE.
# What that needs is put into the folder TOOLS first, exactly as
# package-lock.json says, unless it is there.  Exit status 77 after one
# sentence where it cannot be had.
site=$1
tools=$2
name=$3
here=$(dirname "$0")

skip() {
    echo "skipped: $*" >&2
    exit 77
}

# One at a time; the last file is written when all is there.
install_tools() {
    mkdir -p "$tools" || exit 1
    exec 9>"$tools/lock"
    flock 9
    cmp -s "$here/package-lock.json" "$tools/installed.json" && return
    cp "$here/package.json" "$here/package-lock.json" "$tools" || exit 1
    (cd "$tools" && npm ci --ignore-scripts --no-audit --no-fund \
        --no-update-notifier --fetch-retries=1 \
        --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=2000) \
        >"$tools/npm.log" 2>&1 ||
        skip "npm could not fetch playwright-core and axe-core"
    cp "$here/package-lock.json" "$tools/installed.json"
}

for tool in node npm chromium; do
    command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed"
done
install_tools
exec 9>&-
NODE_PATH=$tools/node_modules exec node "$here/run.js" "$site" "$name"
