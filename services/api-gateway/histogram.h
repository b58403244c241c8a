/*
 * Sums of the maps that the daily figures hold ("9:4 10:17", bucket and count), and what they tell. Buckets
 * of values are stats_bucket()'s of the schema: 0 to 7 each their own, then four to a power of two.
 *
 *     struct histogram h = {0};
 *     histogram_add(&h, "18:1 21:2");
 *     long long p90 = histogram_at(&h, 90);         -1 when empty
 */
#pragma once

#define HISTOGRAM_BUCKETS 76

struct histogram {
    long long count, n[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, const char *map); /* what is no bucket is passed over */
long long histogram_low(int bucket);                      /* the least value in it */
/* The value that per cent of them do not pass: to a bucket, and inside it as if they lay evenly. */
long long histogram_at(const struct histogram *h, int per_cent);
