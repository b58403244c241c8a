#include "base/clock.h"
#include <string.h>
#include <time.h>

static uint64_t read_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t clock_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

uint64_t clock_ms(void)
{
    return clock_us() / 1000;
}

uint64_t clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

uint64_t clock_wall_ms(void)
{
    return clock_wall_us() / 1000;
}

uint64_t clock_left(uint64_t deadline_ms)
{
    uint64_t now = clock_ms();
    return deadline_ms > now ? deadline_ms - now : 0;
}

void clock_rfc3339(uint64_t wall_ms, char out[25])
{
    static _Thread_local time_t known = -1; /* most times of a second are asked for together */
    static _Thread_local char second[20];
    time_t s = (time_t)(wall_ms / 1000);
    unsigned ms = (unsigned)(wall_ms % 1000);
    if (s != known) {
        struct tm tm;
        gmtime_r(&s, &tm);
        strftime(second, sizeof second, "%Y-%m-%dT%H:%M:%S", &tm);
        known = s;
    }
    memcpy(out, second, 19);
    const char rest[] = {
        '.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10), (char)('0' + ms % 10), 'Z', 0};
    memcpy(out + 19, rest, sizeof rest);
}

uint64_t clock_parse_rfc2822(const char *text)
{
    struct tm tm = {0};
    if (!text || !strptime(text, "%a, %d %b %Y %H:%M:%S", &tm))
        return 0;
    return (uint64_t)timegm(&tm) * 1000;
}
