/*
 * Whoever speaks and whatever the model does: no call, transfer or data outside policy. 60 of the scripts
 * here; all of them by `./dev fuzz hostile`.
 */
#include "world_script.h"
#include "world.h"
#include <criterion/criterion.h>
#include <stdlib.h>

static void world_up_patient(void)
{
    world_set("RECONCILE_AFTER_S",
              "3600");          /* the driver is the network: the sandbox knows no such calls */
    world_set("MEDIA_URL", ""); /* it takes turns */
    setenv("HOSTILE_SCRIPTS", "60", 0);
    world_up();
}

TestSuite(hostile, .init = world_up_patient, .fini = world_down, .timeout = 3600);

Test(hostile, no_script_makes_any_model_do_what_policy_forbids)
{
    run_script("fuzz/hostile.py");
}
