#include "dbclock.h"
#include "base/clock.h"
#include "io/db.h"
#include "sql.h"
#include <stdbool.h>

#define LOOK_EVERY_US 250000
#define DRIFT         20000 /* our clock may gain or lose a microsecond in so many */

static long long least, most; /* what the database's clock is ahead of ours */
static uint64_t looked_us;    /* when that was true; 0: never */

static void note(long long there, uint64_t asked_us, uint64_t answered_us)
{
    long long low = there - (long long)answered_us, high = there - (long long)asked_us;
    long long drift = (long long)(answered_us - looked_us) / DRIFT + 1;
    bool moved = low > most + drift || high < least - drift; /* somebody has set it */
    least = !looked_us || moved || low > least - drift ? low : least - drift;
    most = !looked_us || moved || high < most + drift ? high : most + drift;
    looked_us = answered_us;
}

static enum err await_look(struct scope *s)
{
    struct rows *now;
    uint64_t asked_us = clock_us();
    TRY(await_db(s, &SQL_clock_look, &now));
    note(row_int(now, 0, "us"), asked_us, clock_us());
    return OK;
}

enum err await_dbclock(struct scope *s)
{
    if (looked_us && clock_us() - looked_us < LOOK_EVERY_US)
        return OK;
    return await_look(s);
}

uint64_t dbclock_here(long long us)
{
    return (uint64_t)(us - least);
}

long long dbclock_there(uint64_t here_us)
{
    return (long long)here_us + most;
}
