/* The files that containers and Kubernetes are made of, against the tables of the services: see deploy.py. */
#include <criterion/criterion.h>
#include <stdlib.h>

Test(deploy, the_files_know_every_setting_and_port, .timeout = 60)
{
    cr_expect_eq(system("python3 -B " VA_ROOT "/tests/40-contract/deploy.py"), 0);
}
