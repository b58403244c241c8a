/*
 * The truth about a call is what the network knows of it: the sandbox. The system must say the same.
 *
 *     const char *sid = ring(number, "buyer");
 *     call_over(sid);
 *     expect_true_call(sid);
 *     expect_true_transcript(sid);
 *     expect_true_statistics();
 */
#pragma once
#include "world.h"

const char *network_call(const char *sid);       /* as it stands now, JSON */
int lines_of(const char *call, const char *who); /* "caller", "agent", "network" */
int bad_documents(
    const char *call); /* what the network could not use: TwiML, sounds; not callbacks */

const char *call_id(const char *sid);        /* ours; waits until there is one */
const char *ended_call(const char *call_id); /* GET /agent/calls/{id} once it has ended, JSON */
int placed_calls(void); /* calls the network was told to place, by its ledger */

void expect_true_call(const char *sid);       /* waits for status and duration to agree */
void expect_true_transcript(const char *sid); /* the stored turns, word by word */
void expect_true_statistics(void);            /* the API's figures and a recount of calls */
