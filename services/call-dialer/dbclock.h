/*
 * The database's clock, as far as it is known here: a time of its lies between two of ours, because a question
 * about it was asked before and answered after. The quickest of the recent questions says most. No clock of
 * another machine is trusted to be right.
 *
 *     TRY(await_dbclock(s));                            it is known
 *     uint64_t at = dbclock_here(us);                   clock_us() from which on it is us there
 *     us = dbclock_there(clock_us());                   and no later than that
 */
#pragma once
#include "base/scope.h"
#include <stdint.h>

enum err await_dbclock(struct scope *s) MUST_CHECK;
uint64_t dbclock_here(long long us);
long long dbclock_there(uint64_t here_us);
