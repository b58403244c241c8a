/* The configuration, for every file of this service. */
#pragma once
#include "base/env.h"
#include "io/mq.h"

struct config {
#define CFG CFG_FIELD
#include "config.tbl.h"
#undef CFG
    const char *countries; /* DIAL_COUNTRIES as PostgreSQL writes an array: {US,CA} */
};
extern struct config cfg;

/* Every queue of the system: ours have a handler, the others are declared so that they can be looked at. */
extern const struct mq_queue QUEUES[];
extern const size_t QUEUES_N;
