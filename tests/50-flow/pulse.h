/*
 * Whether the loops of the five services turn: a child process asks their /healthz all the time.
 *
 *     struct pulse *p = pulse_begin();
 *     ... something terrible ...
 *     pulse_end(p)->worst_ms
 */
#pragma once
#include <stdatomic.h>
#include <sys/types.h>

struct pulse {
    pid_t watcher;
    atomic_int asked, unanswered, worst_ms;
};

struct pulse *pulse_begin(void);
const struct pulse *pulse_end(struct pulse *p); /* and prints it */
