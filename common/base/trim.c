#include "base/trim.h"
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct mapping {
    uintptr_t from, to;
    bool clean_file; /* of a file, and not writable */
};

static bool read_header(const char *line, struct mapping *m)
{
    char perms[5], path[8] = "";
    if (sscanf(line, "%lx-%lx %4s %*x %*x:%*x %*u %7s", &m->from, &m->to, perms, path) < 3)
        return false;
    m->clean_file = perms[1] != 'w' && path[0] == '/';
    return true;
}

/*
 * A page that was written before its mapping became read-only (relocations) is anonymous now and
 * would be lost, so only mappings without a single anonymous page are given back.
 */
void memory_trim(void)
{
    char line[512];
    unsigned anonymous_kb;
    struct mapping m = {0};
    FILE *f = fopen("/proc/self/smaps", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "Anonymous: %u kB", &anonymous_kb) == 1) {
            if (m.clean_file && anonymous_kb == 0)
                madvise((void *)m.from, m.to - m.from, MADV_DONTNEED);
        } else {
            read_header(line, &m);
        }
    if (f)
        fclose(f);
    malloc_trim(0);
}
