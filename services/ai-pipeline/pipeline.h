/* What the files of the pipeline share: its configuration. */
#pragma once
#include "base/env.h"

struct config {
#define CFG CFG_FIELD
#include "config.tbl.h"
#undef CFG
};
extern struct config cfg;
