# ./dev build and ./dev test.

build() { # preset [target...]
    local preset=$1 log=$RUN/configure.$1.log quiet=(--quiet)
    shift
    [ ! -t 1 ] || quiet=() # a terminal gets ninja's line of progress
    if [ ! -f "$ROOT/build/$preset/build.ninja" ]; then
        (cd "$ROOT" && cmake --preset "$preset" >"$log" 2>&1) || die "cmake --preset $preset failed:" "$(cat "$log")"
    fi
    say "Building $preset"
    (cd "$ROOT" && ninja -C "build/$preset" -j "${JOBS:-$(nproc)}" "${quiet[@]}" "$@") || die "the $preset build failed"
}

cmd_build() { # [preset [target...]], or dashboard
    cmd_install
    [ "${1:-}" = dashboard ] || build "${1:-dev}" "${@:2}"
    case ${1:-} in dashboard | release) build_dashboard ;; esac
}

# The sanitizers of all processes of a run, children too, report into files.
sanitizer_reports() { # dir
    local file
    for file in "$1"/sanitizer.*; do
        ! grep -qsE 'ERROR: |LeakSanitizer|runtime error' "$file" || cat "$file"
    done
}

count() { grep -c "status=\"\($1\)\"" "$2" 2>/dev/null || true; }

failed_tests() { # xml
    awk -F'"' '/<testsuite /{ suite = $2 } /<testcase .*status="(FAILED|ERRORED)"/{ print suite "/" $2 }' "$1"
}

# A machine that is shared can be too slow for any patience. So a few that have failed are asked once more, each
# alone, and it is said of whom that was true; what is broken fails twice. Leaves how many did in $failed.
second_try() { # executable xml log
    local test
    [ "$(failed_tests "$2" | wc -l)" -le 6 ] || return 0
    for test in $(failed_tests "$2"); do
        "$1" --filter "$test" >>"$3" 2>&1 </dev/null || continue
        failed=$((failed - 1)) again=$((again + 1))
        warn "$test: passed only when it was alone"
    done
}

# One executable; adds a line "passed failed skipped" to the tally. Its output goes to a file, not a pipe,
# which a child left behind would keep open; our own log lines are not shown.
run_executable() { # dir executable args...
    local dir=$1 exe=$2 name xml log reports status=0 failed again=0
    name=$(basename "$(dirname "$(dirname "$exe")")")/${exe##*/}
    log=$RUN/tests/${name//\//.}.log
    xml=${log%log}xml
    rm -f "$xml" "$dir"/sanitizer.*
    say "== $name"
    local began=$SECONDS
    ASAN_OPTIONS="log_path='$dir/sanitizer':${ASAN_OPTIONS:-}" \
        UBSAN_OPTIONS="print_stacktrace=1:log_path='$dir/sanitizer':${UBSAN_OPTIONS:-}" \
        "$exe" --jobs 3 --xml="$xml" "${@:3}" >"$log" 2>&1 </dev/null || status=$?
    sed '/^{"at":/d' "$log"
    say "$name: $((SECONDS - began)) s"
    failed=$(count 'FAILED\|ERRORED' "$xml")
    [ "${failed:-0}" = 0 ] || second_try "$exe" "$xml" "$log"
    reports=$(sanitizer_reports "$dir")
    if [ -n "$reports" ]; then
        warn "$reports" "$name: a sanitizer has complained"
        failed=$((${failed:-0} + 1))
    elif [ $status != 0 ] && [ "${failed:-0}" = 0 ] && [ $again = 0 ]; then
        warn "$name: ended with status $status"
        failed=1
    fi
    [ "${failed:-0}" = 0 ] || warn "all its output: ${log#"$ROOT/"}"
    printf '%d %d %d\n' "$(($(count PASSED "$xml") + again))" "${failed:-0}" "$(count SKIPPED "$xml")" >>"$RUN/tally"
}

# People at a browser take long, and another build of the services is nothing new to them.
is_wanted() { # preset executable
    [ -x "$2" ] && { [ "$1" = dev ] || [ "${2##*/}" != test-60-browser ]; }
}

run_executables() { # preset args...
    local exe
    for exe in "$ROOT/build/$1"/bin/test-*; do
        ! is_wanted "$1" "$exe" || run_executable "$WITH_DIR" "$exe" "${@:2}"
    done
}

# What the browser tests need beside Debian's chromium. Without it they are skipped, and the closing line says so.
prepare_browser() {
    build_dashboard
    command -v npm >/dev/null && npm_packages "$ROOT/tests/60-browser" >"$RUN/tests/npm.log" 2>&1 ||
        warn "dev: the browser tests will be skipped: npm could not fetch what they need ($RUN/tests/npm.log)"
}

cmd_test() { # [Criterion's arguments]
    local preset
    PACKAGES+=(chromium)
    cmd_install
    mkdir -p "$RUN/tests"
    prepare_browser
    : >"$RUN/tally"
    for preset in dev asan; do
        build "$preset"
        (cmd_with run_executables "$preset" "$@") || die "the tests of the $preset build could not run"
    done
    awk '{ p += $1; f += $2; s += $3 }
         END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0 }' "$RUN/tally"
}
