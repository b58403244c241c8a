/*
 * After a statement that wrote outbox rows: outbox_nudge() tells the relay that there is something to
 * publish, so that it need not wait for its next look. Only a hint: lost ones cost a second. At most
 * one is sent in 5 ms, and the last of a burst is never dropped.
 */
#pragma once

void outbox_nudge(void);
void outbox_close(void); /* before the loop ends */
