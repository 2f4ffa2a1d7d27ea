#!/bin/sh
# The canonical demonstration: a value goes in, its data is gone, the value comes back. What it prints is what
# README.md shows. It leaves nothing behind, so that it can be run again, or typed by hand. Usage: demo.sh PROGRAM
set -eu
PATH=$(cd "$(dirname "$1")" && pwd):$PATH
place=/tmp/pilsmer-demo
trap 'rm -rf "$place"' EXIT

say() {
    printf '$ %s\n' "$*"
    eval "$*"
}

rm -rf "$place"

say "pilsmer init $place/db"
say "printf '{\"total\":49.99,\"status\":\"paid\"}' > $place/invoice.json"
say "pilsmer put $place/db invoice:123 $place/invoice.json"
say "pilsmer explain $place/db invoice:123"
say "pilsmer plan-key $place/db invoice:123"
say "pilsmer explain $place/db invoice:123"
say "pilsmer get $place/db invoice:123"
echo
say "pilsmer metrics $place/db"
echo
echo "The same invoice, with every reference spelled out:"
say "pilsmer init $place/ceremony --codec ceremonial"
say "pilsmer put $place/ceremony invoice:123 $place/invoice.json"
say "pilsmer plan-key $place/ceremony invoice:123"
say "pilsmer explain $place/ceremony invoice:123"
say "pilsmer metrics $place/ceremony"
