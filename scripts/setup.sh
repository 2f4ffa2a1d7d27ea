#!/bin/sh
# Makes sure that everything the build and the tests need is installed: Debian packages and a recent enough cargo.
# Installs only what is missing. Quick, and fit for any user, when nothing is.
set -eu
cd "$(dirname "$0")/.."

packages="build-essential cmake ninja-build pkg-config git ca-certificates
    libflint-arb-dev libflint-dev libgmp-dev libmpfr-dev libssl-dev libisal-dev libcbor-dev libjansson-dev
    libcmocka-dev clang clang-format clang-tidy valgrind python3"

is_installed() {
    dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'
}

# The version that slatedb-c asks for.
cargo_needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' slatedb-c/Cargo.toml)

cargo_is_recent() {
    found=$(cargo --version 2>/dev/null | cut -d ' ' -f 2) || return 1
    [ -n "$found" ] && [ "$(printf '%s\n%s\n' "$cargo_needed" "$found" | sort -V | head -n 1)" = "$cargo_needed" ]
}

if ! command -v dpkg-query >/dev/null; then
    echo "setup: this is not a Debian system; make sure of these, and of cargo $cargo_needed:" $packages
    exit 0
fi

missing=
for package in $packages; do
    is_installed "$package" || missing="$missing $package"
done
# Debian's plain cargo is too old; cargo-web is the one that browsers are built with.
cargo_is_recent || missing="$missing cargo-web rustc-web"

if [ -z "$missing" ]; then
    echo "setup: nothing is missing"
    exit 0
fi

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "setup: these packages are missing, and only root can install them. As root:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

echo "setup: installing$missing"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
hash -r
if ! cargo_is_recent; then
    echo "setup: cargo $cargo_needed is needed; $(command -v cargo || echo none) comes first in PATH and is older" >&2
    exit 1
fi
echo "setup: done"
