#include "world_script.h"
#include "world.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static void tell(const char *name, const char *value)
{
    setenv(name, value, 1);
}

void run_script(const char *script)
{
    tell("WORLD_ROOT", VA_ROOT);
    tell("WORLD_API", url_of(API, ""));
    tell("WORLD_HOOKS", url_of(HOOKS, ""));
    tell("WORLD_TELEPHONE", url_of(TELEPHONE, ""));
    tell("WORLD_DATABASE", world_database());
    tell("WORLD_AUTH_TOKEN", AUTH_TOKEN);
    tell("WORLD_LINK_SECRET", LINK_SECRET);
    tell("WORLD_ACCOUNT_SID", ACCOUNT_SID);
    for (int p = 0; p < PROCESSES; p++) {
        tell(text("WORLD_OPS_%d", p), url_of(OPS + p, ""));
        tell(text("WORLD_LOG_%d", p), world_log((enum process)p));
    }
    const char *ending = strrchr(script, '.');
    const char *with = ending && strcmp(ending, ".mjs") == 0 ? "node" : "python3";
    int status = system(text("%s " VA_ROOT "/tests/%s", with, script));
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s is not content", script);
}
