/*
 * TLS in front of a plain port of loopback: child processes that carry what both sides say.
 *
 *     int port = tls_front_start(plain_port); ... "wss://127.0.0.1:<port>", tls_front_ca ... tls_front_stop();
 */
#pragma once

extern char tls_front_ca[]; /* file of the authority by which it is to be believed */

int tls_front_start(int plain_port);
void tls_front_stop(void);
