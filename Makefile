# The front door. Each target does the set-up that it needs; see README.md.
BUILD := build/release
PROGRAM := $(BUILD)/pilsmer
SOURCES := $(shell git ls-files '*.c' '*.h' 2>/dev/null | grep -v '^slatedb-c/include/')

.DELETE_ON_ERROR:
.PHONY: demo test build lint format clean setup valgrind

demo: build
	@scripts/demo.sh $(PROGRAM)

test: build
	@cmake --preset asan > build/asan-configure.log || { cat build/asan-configure.log; exit 1; }
	@cmake --build --preset asan
	PILSMER_OTHER_PROGRAM=$(CURDIR)/$(PROGRAM) ctest --preset asan -j 2

# The program and the library, optimized.
build: setup
	@mkdir -p build
	@cmake --preset release -DPILSMER_TESTS=OFF -DSLATEDB_C_TESTS=OFF > build/release-configure.log || { cat build/release-configure.log; exit 1; }
	@cmake --build --preset release

setup:
	@scripts/setup.sh

# What the tests check too, and both compilers' warnings.
lint: setup
	@scripts/lint.sh

format:
	clang-format -i $(SOURCES)
	cd slatedb-c && cargo fmt

# The tests of slatedb-c under valgrind, without sanitizers.
valgrind: setup
	@cmake --preset debug > build/debug-configure.log || { cat build/debug-configure.log; exit 1; }
	@cmake --build --preset debug --target slatedb-c-valgrind

clean:
	rm -rf build slatedb-c/target
