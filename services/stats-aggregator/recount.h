/*
 * stats-aggregator --recount [--fix]: every day of every agent counted anew from the calls and compared with the
 * figures that people are shown. A difference that lasts is printed, and repaired with --fix. While calls
 * go on, figures follow within a second or so: what differs is looked at again before it is said.
 */
#pragma once
#include <stdbool.h>

/* Its exit status: 0 all equal, or repaired; 1 something differs; 69 it could not be found out. */
int recount_run(const char *database_url, bool fix);
