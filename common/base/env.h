/*
 * Configuration from the environment. Each service has a config.tbl.h with rows
 *
 *     CFG(field, "ENV_NAME", TYPE, default, "help")       default NULL = required
 *
 * which is included twice, for the struct and the rows. Types: TEXT, INT (from 0), FLAG (0/1), SECRET
 * (may come as NAME_FILE too: the first line of that file).
 *
 *     struct config {
 *     #define CFG CFG_FIELD
 *     #include "config.tbl.h"
 *     #undef CFG
 *     };
 *     static const struct cfg_row rows[] = {
 *     #define CFG(...) CFG_ROW(struct config, __VA_ARGS__)
 *     #include "config.tbl.h"
 *     #undef CFG
 *     };
 */
#pragma once
#include <stddef.h>

enum cfg_type { CFG_TEXT, CFG_INT, CFG_FLAG, CFG_SECRET };

struct cfg_row {
    const char *env;
    enum cfg_type type;
    const char *fallback; /* NULL: required */
    const char *help;
    size_t offset;
};

#define CFG_C_TEXT                                  const char *
#define CFG_C_SECRET                                const char *
#define CFG_C_INT                                   int
#define CFG_C_FLAG                                  int
#define CFG_FIELD(field, env, type, fallback, help) CFG_C_##type field;
#define CFG_ROW(st, field, env, type, fallback, help)                                              \
    {env, CFG_##type, fallback, help, offsetof(st, field)},

/*
 * Fill cfg from the environment. Returns the number of problems, each told in one line on stderr;
 * the caller exits with 64 when it is not 0. Strings live until the process ends.
 */
int cfg_load(const struct cfg_row *rows, size_t n, void *cfg);
void cfg_help(const char *service, const struct cfg_row *rows, size_t n);
