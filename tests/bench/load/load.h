/*
 * Twilio's side of the status callbacks: signed forms, made before the clock starts, so that sending them costs
 * little of the processors that the services need, too.
 *
 *     struct requests r = requests_make(&plan);
 *     struct result result = send_all(&r, &plan);
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct plan {
    const char *port, *path, *public_url, *account, *token;
    unsigned first, calls; /* each call rings, is answered and ends: three requests */
    unsigned connections;
    unsigned rate; /* per second; 0: the next one as soon as the last is answered */
};

struct requests {
    char *text;
    size_t *at; /* n + 1 offsets into text */
    size_t n;
};

struct result {
    double seconds, cpu_s;
    size_t n, refused; /* answered with anything but 2xx, and sent again */
    uint64_t *us;      /* of each, from when it was due */
};

struct requests requests_make(const struct plan *p);
struct result send_all(const struct requests *r, const struct plan *p);
