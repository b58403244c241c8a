#include "base/fault_point.h"

#ifdef VA_FAULTS
#include "base/log.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARMED_MAX 16

/* "stop", "sleep:800" or "kill", with what follows it. */
static void fire(const char *name, const char *action)
{
    log_warn(NULL, "fault.fired", "point", name, "action", action);
    if (strncmp(action, "sleep:", 6) == 0)
        usleep((useconds_t)atoi(action + 6) * 1000);
    else
        kill(getpid(), strncmp(action, "stop", 4) == 0 ? SIGSTOP : SIGKILL);
}

void fault_point(const char *name)
{
    static int hits[ARMED_MAX];
    size_t n = strlen(name);
    const char *armed = getenv("VA_FAULT");
    for (int i = 0; armed && *armed && i < ARMED_MAX; i++) {
        size_t length = strcspn(armed, ",");
        const char *at = memchr(armed, '@', length);
        if (strncmp(armed, name, n) == 0 && armed[n] == '=' && ++hits[i] == (at ? atoi(at + 1) : 1))
            fire(name, armed + n + 1);
        armed += length + (armed[length] == ',');
    }
}
#endif
