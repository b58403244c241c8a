#include "base/err.h"

static const struct {
    const char *name, *code;
    int http;
    enum fate fate;
} table[ERR_COUNT] = {
    [OK] = {"OK", "ok", 200, FATE_ACK},
#define ERR(name, http, queue, code) [ERR_##name] = {#name, code, http, FATE_##queue},
#include "base/tbl/err.h"
#undef ERR
};

const char *err_name(enum err e)
{
    return table[e].name;
}

const char *err_code(enum err e)
{
    return table[e].code;
}

int err_http(enum err e)
{
    return table[e].http;
}

enum fate err_fate(enum err e)
{
    return table[e].fate;
}
