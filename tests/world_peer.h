/*
 * A peer written in the test: a thread with a plain socket on a free port of loopback; one function
 * serves each accepted connection, one after the other. And a task run on a loop with the HTTP client open.
 *
 *     static void serve_ok(int fd) { while (peer_request(fd)) peer_put(fd, "HTTP/1.1 200 OK..."); }
 *     peer_start(serve_ok); peer_run(task); peer_stop();
 */
#pragma once
#include "loop/task.h"
#include <stdatomic.h>
#include <stdbool.h>

typedef void peer_serve(int fd);

extern int peer_port;
extern atomic_int peer_connections, peer_requests, peer_hung_up;
extern char peer_last[1 << 20]; /* the last request; read it when the peer has stopped or waits */

void peer_listen(void);
void peer_unlisten(void);
void peer_start(peer_serve *serve);
void peer_stop(void);
bool peer_request(int fd); /* reads one request with its body; false when the client has gone */
bool peer_put(int fd, const char *text);
void peer_wait_hangup(int fd);
void peer_run(task_fn *fn); /* loop and httpc around one task */
