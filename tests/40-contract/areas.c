#include <criterion/criterion.h>
#include <stdlib.h>

Test(areas, header_and_migration_are_what_the_table_says, .timeout = 20)
{
    cr_expect_eq(system("python3 " VA_ROOT "/tools/areagen.py --check"), 0);
}
