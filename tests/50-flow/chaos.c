/* A minute of ./dev chaos dial: see tests/chaos/dial.py. It brings a system of its own. The seed is fixed: what
 * fails here fails again. */
#include "world.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/wait.h>

Test(chaos, no_phone_rings_twice_and_no_dial_is_forgotten, .timeout = 420)
{
    int status =
        system("python3 -B " VA_ROOT "/tests/chaos/dial.py --small --seed 3 --bin " VA_BIN);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0,
              "chaos: what it has said is above, and where its logs are");
}
