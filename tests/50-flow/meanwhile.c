#include "meanwhile.h"
#include "world.h"
#include <criterion/criterion.h>

FILE *meanwhile(const char *statements)
{
    FILE *f = popen(text("PGAPPNAME=meanwhile psql -Xqo /dev/null '%s'", world_database()), "w");
    cr_assert(f, "psql");
    fprintf(f, "\\set ON_ERROR_STOP 1\nbegin;\n%s;\nset application_name = 'meanwhile-holds';\n",
            statements);
    fflush(f);
    EVENTUALLY(*sql("select 1 from pg_stat_activity where application_name = 'meanwhile-holds' and "
                    "state = 'idle in transaction' and datname = current_database()"));
    return f;
}

void meanwhile_over(FILE *other, const char *how)
{
    fprintf(other, "%s;\n", how);
    cr_expect_eq(pclose(other), 0, "the other transaction failed");
}
