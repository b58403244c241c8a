/*
 * The API's contract, proto/openapi.yaml, against the running system; whose is whose; what must not be
 * seen. The questions come from the document, the route table and the statements themselves, so they are
 * asked by scripts: each has its own first lines.
 */
#include "world.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/wait.h>

TestSuite(contract, .timeout = 300);

static void tell(const char *name, const char *value)
{
    setenv(name, value, 1);
}

/* Its exit status says whether all was well; what was not is on its standard error. */
static void run(const char *script)
{
    tell("WORLD_ROOT", VA_ROOT);
    tell("WORLD_API", url_of(API, ""));
    tell("WORLD_HOOKS", url_of(HOOKS, ""));
    tell("WORLD_TELEPHONE", url_of(TELEPHONE, ""));
    tell("WORLD_DATABASE", world_database());
    for (int p = 0; p < PROCESSES; p++) {
        tell(text("WORLD_OPS_%d", p), url_of(OPS + p, ""));
        tell(text("WORLD_LOG_%d", p), world_log((enum process)p));
    }
    int status = system(text("python3 " VA_ROOT "/tests/50-flow/%s " VA_ROOT, script));
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s is not content", script);
}

Test(contract, the_document_says_what_the_system_does, .init = world_up, .fini = world_down)
{
    run("contract.py");
}
