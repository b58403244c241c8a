#include "base/uuid7.h"
#include "base/clock.h"
#include "base/die.h"
#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

void uuid7(char out[UUID_TEXT])
{
    uint8_t b[16];
    if (getrandom(b, sizeof b, 0) != sizeof b)
        die("getrandom failed");
    uint64_t ms = clock_wall_ms();
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)(ms >> (40 - 8 * i));
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x70);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    static const char digits[] = "0123456789abcdef";
    char *p = out;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        *p++ = digits[b[i] >> 4];
        *p++ = digits[b[i] & 15];
    }
    *p = 0;
}

_Bool uuid_valid(const char *s)
{
    if (strlen(s) != UUID_TEXT - 1)
        return 0;
    for (int i = 0; i < UUID_TEXT - 1; i++) {
        _Bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s[i] != '-' : !isxdigit((unsigned char)s[i]))
            return 0;
    }
    return 1;
}
