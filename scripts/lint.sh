#!/bin/sh
# Style and warnings: formatting, both compilers, clang-tidy, and Rust's own linters where they are installed.
set -eu
cd "$(dirname "$0")/.."
status=0

check() {
    echo "lint: $1"
    shift
    "$@" || status=1
}

c_files=$(git ls-files '*.c' '*.h' | grep -v '^slatedb-c/include/')
check "clang-format" clang-format --dry-run -Werror $c_files

defines='-std=c11 -D_GNU_SOURCE -DPILSMER_VERSION="0" -DPILSMER_ARB_LIBRARY="libflint-arb.so"'
flags="$defines -Wall -Wextra -Wconversion -Wshadow -Werror -fsyntax-only"
roots="-Iinclude -Isrc -Itests -Islatedb-c/include"
for compiler in gcc clang; do
    check "$compiler warnings" $compiler $flags $roots $(git ls-files 'src/*.c' 'tests/*.c')
done
check "clang-tidy" clang-tidy --quiet $(git ls-files 'src/*.c') -- $defines $roots

cd slatedb-c
if cargo fmt --version >/dev/null 2>&1; then
    check "cargo fmt" cargo fmt --check
else
    echo "lint: cargo fmt is not installed; skipped"
fi
if cargo clippy --version >/dev/null 2>&1; then
    check "cargo clippy" cargo clippy --quiet --locked --all-targets -- -D warnings
else
    echo "lint: cargo clippy is not installed; skipped"
fi
exit $status
