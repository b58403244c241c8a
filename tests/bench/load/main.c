/* bench-load: posts signed status callbacks and tells how long the answers took. One line of JSON on stdout. */
#include "load.h"
#include <stdio.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static unsigned number(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
    if (argc != 10) {
        fprintf(stderr, "usage: bench-load PORT PATH PUBLIC_URL ACCOUNT TOKEN FIRST CALLS "
                        "CONNECTIONS RATE\n");
        return 64;
    }
    const struct plan plan = {.port = argv[1],
                              .path = argv[2],
                              .public_url = argv[3],
                              .account = argv[4],
                              .token = argv[5],
                              .first = number(argv[6]),
                              .calls = number(argv[7]),
                              .connections = number(argv[8]),
                              .rate = number(argv[9])};
    struct requests requests = requests_make(&plan);
    struct result r = send_all(&requests, &plan);
    qsort(r.us, r.n, sizeof *r.us, by_size);
    printf("{\"n\":%zu,\"bytes\":%zu,\"seconds\":%.4f,\"cpu_s\":%.4f,\"refused\":%zu,"
           "\"p50_us\":%llu,\"p99_us\":%llu}\n",
           r.n, requests.at[requests.n] / requests.n, r.seconds, r.cpu_s, r.refused,
           (unsigned long long)r.us[r.n / 2], (unsigned long long)r.us[r.n * 99 / 100]);
    return 0;
}
