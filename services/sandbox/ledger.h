/*
 * Every request that was accepted, in order, and a count per API: what a test compares with what its
 * subject believes it sent. The newest 20,000 are kept; the file (SANDBOX_LEDGER) has all, synced one
 * by one before the request is executed.
 */
#pragma once
#include "io/js.h"

void ledger_open(const char *path);
void ledger_close(void);
void ledger_note(const char *api, const char *detail, bool executed);
/* api NULL = all; since: sequence numbers greater than this one. */
struct js *ledger_read(struct scope *s, const char *api, long long since);
void ledger_reset(void);
