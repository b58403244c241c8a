#include "base/fault_point.h"

#ifdef VA_FAULTS
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fault_point(const char *name)
{
    static int hits;
    const char *armed = getenv("VA_FAULT");
    size_t n = strlen(name);
    if (!armed || strncmp(armed, name, n) || armed[n] != '=')
        return;
    const char *at = strchr(armed + n, '@');
    if (++hits != (at ? atoi(at + 1) : 1))
        return;
    kill(getpid(), strncmp(armed + n + 1, "stop", 4) == 0 ? SIGSTOP : SIGKILL);
}
#endif
