#include "histogram.h"
#include <stdlib.h>

void histogram_add(struct histogram *h, const char *map)
{
    char *p = (char *)map;
    while (*p) {
        long bucket = strtol(p, &p, 10);
        if (*p++ != ':')
            return;
        long long n = strtoll(p, &p, 10);
        if (bucket >= 0 && bucket < HISTOGRAM_BUCKETS) {
            h->n[bucket] += n;
            h->count += n;
        }
        p += *p == ' ';
    }
}

long long histogram_low(int bucket)
{
    return bucket < 8 ? bucket : (long long)(bucket % 4 + 4) << (bucket / 4 - 1);
}

long long histogram_at(const struct histogram *h, int per_cent)
{
    long long rank = (h->count * per_cent + 99) / 100; /* of the one we look for, from 1 */
    if (rank < 1)
        return h->count ? histogram_low(0) : -1;
    int i = 0;
    for (; rank > h->n[i]; i++)
        rank -= h->n[i];
    long long low = histogram_low(i), width = histogram_low(i + 1) - low;
    return low + width * (rank - 1) / h->n[i];
}
