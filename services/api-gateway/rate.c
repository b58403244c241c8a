#include "rate.h"
#include "base/clock.h"
#include "io/crypto.h"
#include <stdint.h>

#define BURST_S 5
#define SETS    1024
#define WAYS    4

static struct bucket {
    uint64_t id; /* 0: free */
    uint64_t at; /* when tokens was true, ms */
    double tokens;
} table[SETS][WAYS];

/* FNV-1a from a secret start, so that nobody chooses whose bucket he shares. */
static uint64_t identify(const char *kind, const char *key)
{
    static uint64_t start;
    while (!start)
        random_bytes(&start, sizeof start);
    uint64_t h = start;
    for (const char *part = kind; part; part = part == kind ? key : NULL) {
        for (const char *p = part; *p; p++)
            h = (h ^ (unsigned char)*p) * 0x100000001b3;
        h = (h ^ 0xff) * 0x100000001b3;
    }
    return h ? h : 1;
}

static struct bucket *find(uint64_t id, double full)
{
    struct bucket *set = table[(id >> 32) % SETS], *oldest = set;
    for (struct bucket *b = set; b < set + WAYS; b++) {
        if (b->id == id)
            return b;
        if (b->at < oldest->at)
            oldest = b;
    }
    *oldest = (struct bucket){id, clock_ms(), full};
    return oldest;
}

bool rate_take(const char *kind, const char *key, int per_second)
{
    if (per_second <= 0)
        return true;
    double full = (double)per_second * BURST_S;
    struct bucket *b = find(identify(kind, key), full);
    uint64_t now = clock_ms();
    b->tokens += (double)(now - b->at) * per_second / 1000;
    b->at = now;
    if (b->tokens > full)
        b->tokens = full;
    if (b->tokens < 1)
        return false;
    b->tokens--;
    return true;
}
