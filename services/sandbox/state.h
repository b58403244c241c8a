/*
 * What outlives the process: the owned numbers with their SIDs and settings, in one JSON file
 * (SANDBOX_STATE). Recordings and calls do not.
 *
 *     state_open(cfg.state);                  at start; "" = keep nothing
 *     number_set(n, NUMBER_VOICE_URL, url);
 *     state_keep();                           after each change, before it is answered
 *
 * The file is replaced whole, so it is never half written. One that cannot be understood is logged
 * and set aside as <file>.broken; one that cannot be written is logged, and life goes on.
 */
#pragma once

void state_open(const char *path); /* borrowed */
void state_keep(void);
