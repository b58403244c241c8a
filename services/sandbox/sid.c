#include "sid.h"
#include "io/crypto.h"
#include <string.h>

void sid_make(const char *prefix, char out[SID_TEXT])
{
    uint8_t random[16];
    random_bytes(random, sizeof random);
    memcpy(out, prefix, 2);
    hex_encode(random, sizeof random, out + 2);
}

bool number_valid(const char *e164)
{
    size_t digits = e164[0] == '+' ? strspn(e164 + 1, "0123456789") : 0;
    return digits >= 7 && digits <= 15 && !e164[1 + digits] && e164[1] != '0';
}
