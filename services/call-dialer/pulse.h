/* How the telephone and the messages stand, as metrics, every few seconds: what no process knows by itself. */
#pragma once

void pulse_open(void);
void pulse_close(void);
