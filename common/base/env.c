#include "base/env.h"
#include "base/die.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_FILE_MAX 4096

/* Its first line; NULL when it cannot be read, is empty, or longer than any secret. */
static const char *read_secret_file(const char *path)
{
    char text[SECRET_FILE_MAX];
    FILE *f = fopen(path, "r");
    if (!f)
        return NULL;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    size_t line = strcspn(text, "\r\n");
    text[line] = 0;
    return line && line < sizeof text - 1 ? must(strdup(text)) : NULL;
}

/* The value of a row as text; *problem names what is wrong with it. */
static const char *lookup(const struct cfg_row *r, const char **problem)
{
    char file_env[128];
    snprintf(file_env, sizeof file_env, "%s_FILE", r->env);
    const char *value = getenv(r->env), *path = getenv(file_env);
    if (value && *value)
        return value;
    if (r->type == CFG_SECRET && path && *path) {
        value = read_secret_file(path);
        if (!value)
            *problem = "its _FILE cannot be read or holds no secret";
        return value;
    }
    if (!r->fallback)
        *problem = "is required and not set";
    return r->fallback;
}

static const char *store(const struct cfg_row *r, const char *value, void *cfg)
{
    char *at = (char *)cfg + r->offset;
    if (r->type == CFG_TEXT || r->type == CFG_SECRET) {
        memcpy(at, &value, sizeof value);
        return NULL;
    }
    char *end;
    errno = 0;
    long v = strtol(value, &end, 10);
    if (errno || *end || end == value || v < 0 || v > INT_MAX)
        return "is not a whole number";
    if (r->type == CFG_FLAG && v > 1)
        return "must be 0 or 1";
    int i = (int)v;
    memcpy(at, &i, sizeof i);
    return NULL;
}

int cfg_load(const struct cfg_row *rows, size_t n, void *cfg)
{
    int problems = 0;
    for (const struct cfg_row *r = rows; r < rows + n; r++) {
        const char *problem = NULL;
        const char *value = lookup(r, &problem);
        if (!problem)
            problem = store(r, value, cfg);
        if (problem) {
            fprintf(stderr, "configuration: %s %s (%s)\n", r->env, problem, r->help);
            problems++;
        }
    }
    return problems;
}

void cfg_help(const char *service, const struct cfg_row *rows, size_t n)
{
    printf("%s: configured by environment variables\n\n", service);
    for (const struct cfg_row *r = rows; r < rows + n; r++)
        printf("  %-26s %s (%s%s)\n", r->env, r->help, r->fallback ? "default: " : "required",
               !r->fallback   ? ""
               : *r->fallback ? r->fallback
                              : "empty");
}
