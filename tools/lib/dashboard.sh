# The dashboard: services/dashboard, made by npm and vite into build/dashboard/site, which the gateway serves.

DASHBOARD=$ROOT/services/dashboard
SITE=$ROOT/build/dashboard

# Everything it is made of, as one hash.
dashboard_sources() {
    (cd "$ROOT" && find services/dashboard proto/openapi.yaml proto/http tools/apidoc.py -type f \
        ! -path '*/node_modules/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}

# A lock file names no host; --ignore-scripts: a package is read, none is run by being installed.
npm_packages() { # dir
    local lock
    lock=$(sha256sum <"$1/package-lock.json")
    [ "$(cat "$1/node_modules/.lock" 2>/dev/null)" != "$lock" ] || return 0
    npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error || return 1
    echo "$lock" >"$1/node_modules/.lock"
}

dashboard_contract() { python3 "$ROOT/tools/apidoc.py" --yaml "$ROOT/proto/openapi.yaml" >"$SITE/openapi.yaml"; }

dashboard_site() { # the Dockerfile calls it too, where there is no python
    npm_packages "$DASHBOARD" || return 1
    npm run --silent --prefix "$DASHBOARD" types || return 1
    npm run --silent --prefix "$DASHBOARD" build || return 1
    find "$SITE/site/assets" -type f ! -name '*.woff2' -exec gzip -9kn {} +
}

# What cannot be made is said, and the rest goes on: the API does without.
build_dashboard() {
    local log=$SITE/log sources
    mkdir -p "$SITE"
    sources=$(dashboard_sources)
    [ "$(cat "$SITE/made" 2>/dev/null)" != "$sources" ] || return 0
    command -v npm >/dev/null || {
        warn "dev: no dashboard: npm is not installed (./dev install); everything else works"
        return 0
    }
    say "Building the dashboard"
    if { dashboard_contract && dashboard_site; } >"$log" 2>&1; then
        echo "$sources" >"$SITE/made"
    else
        rm -f "$SITE/made"
        warn "dev: no new dashboard: npm could not make it (its registry may be out of reach); everything else works." \
            "$(tail -n 5 "$log")" "All of it: $log"
    fi
}
