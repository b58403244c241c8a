/* Links to recordings: ours, signed, good for five minutes. */
#pragma once
#include "base/scope.h"

const char *media_link(struct scope *s, const char *agent_id, const char *call_id);
