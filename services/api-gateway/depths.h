/* How much waits in every queue of the broker, as metrics, every few seconds. */
#pragma once

void depths_open(void);
void depths_close(void);
