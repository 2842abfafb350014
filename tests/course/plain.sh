#!/bin/sh
# plain.sh CC FILE...: each file is a whole program: `cc FILE` builds it, with
# no option at all, and without a word.
cc=$1
shift
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
for file; do
    said=$("$cc" -o "$out" "$file" 2>&1) && [ -z "$said" ] && continue
    echo "$cc $file:"
    echo "$said"
    exit 1
done
