/*
 * The reconciler: webhooks are hints, so every RECONCILE_MS it looks for what stayed open and asks
 * Twilio. Attempts that may have been sent, calls that fell silent, claims whose dialer died, setups
 * nobody works on. Any number of dialers may run it: its statements divide the work.
 */
#pragma once

void reconcile_open(void);
void reconcile_close(void);
