#include "world_bash.h"
#include "base/die.h"
#include <stdio.h>
#include <stdlib.h>

void world_bash(const char *line, char *out, size_t room)
{
    char command[2048];
    setenv("ROOT", VA_ROOT, 1); /* its path may need quoting */
    snprintf(command, sizeof command,
             "exec bash -c 'set -euo pipefail; say() { :; }; "
             "warn() { printf \"%%s\\n\" \"$@\" >&2; }; die() { warn \"$@\"; exit 1; }; "
             "for lib in proc postgres rabbitmq; do . \"$ROOT/tools/lib/$lib.sh\"; done; %s'",
             line);
    FILE *f = must(popen(command, "r"));
    size_t n = fread(out, 1, room - 1, f);
    out[n] = 0;
    if (pclose(f) != 0)
        die("world: %s", line);
}
