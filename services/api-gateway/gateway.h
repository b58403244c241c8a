/* The configuration, for every file of this service. */
#pragma once
#include "base/env.h"

struct config {
#define CFG CFG_FIELD
#include "config.tbl.h"
#undef CFG
    const char *countries; /* DIAL_COUNTRIES as PostgreSQL writes an array: {US,CA} */
};
extern struct config cfg;
