/* What the files of the pipeline share: its configuration, and the server that thinks and speaks. */
#pragma once
#include "base/env.h"
#include "voice/openai.h"

struct config {
#define CFG CFG_FIELD
#include "config.tbl.h"
#undef CFG
};
extern struct config cfg;
extern struct openai ai;
