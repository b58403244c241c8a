#include "state.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "io/js.h"
#include "numbers.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX   (32u << 20)
#define NUMBER_MAX (8u << 20) /* the JSON of one */
#define PART       (64u << 10)

static const char *path = "";
static const char *const keys[] = {
#define FIELD(name, param, json, otherwise) json,
#include "tbl/number.h"
#undef FIELD
};

/* --- reading --- */

/* errno of the failure, or 0. */
static int read_file(struct buf *out)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return errno;
    char *part;
    size_t n = PART;
    while (n == PART && (part = buf_room(out, PART))) {
        n = fread(part, 1, PART, f);
        out->n += n;
    }
    int e = ferror(f) ? EIO : out->over ? EFBIG : 0;
    fclose(f);
    return e;
}

static bool sound_number(const struct js *j)
{
    const char *sid = js_text(js_get(j, "sid")), *e164 = js_text(js_get(j, "phone_number"));
    if (!sid || strlen(sid) != SID_TEXT - 1 || !e164 || !number_valid(e164))
        return false;
    for (int f = 0; f < NUMBER_FIELDS; f++)
        if (js_get(j, keys[f]) && !js_text(js_get(j, keys[f])))
            return false;
    return true;
}

/* A field that an older file does not know keeps its default. */
static void take(const struct js *j)
{
    struct number *n = number_own(js_text(js_get(j, "phone_number")));
    if (!n)
        return;
    snprintf(n->sid, sizeof n->sid, "%s", js_text(js_get(j, "sid")));
    for (int f = 0; f < NUMBER_FIELDS; f++)
        if (js_get(j, keys[f]))
            number_set(n, (enum number_field)f, js_text(js_get(j, keys[f])));
}

/* All of them or none. */
static enum err take_all(struct scope *s, const struct buf *file)
{
    struct js *j;
    TRY(js_parse(s, file->p, file->n, &j));
    const struct js *list = js_get(j, "numbers");
    if (js_type(list) != JS_ARRAY)
        return fail(s, ERR_INVALID, NULL, "numbers", "numbers: not a list");
    for (size_t i = 0; i < js_count(list); i++)
        if (!sound_number(js_at(list, i)))
            return fail(s, ERR_INVALID, NULL, "numbers", "numbers[%zu]: no number", i);
    for (size_t i = 0; i < js_count(list); i++)
        take(js_at(list, i));
    log_info(NULL, "state.loaded", "file", path, "numbers", fmt_int((long long)js_count(list)));
    return OK;
}

/* Out of the way of the next state_keep(), for whoever wants to know what was in it. */
static void set_aside(struct scope *s)
{
    const char *aside = arena_printf(s->arena, "%s.broken", path);
    bool moved = rename(path, aside) == 0;
    log_error(NULL, "state.broken", "file", path, "why", s->fault.message, "kept_as",
              moved ? aside : NULL);
}

void state_open(const char *file)
{
    path = file;
    if (!*path)
        return;
    struct buf content = BUF(FILE_MAX);
    struct scope s;
    scope_init(&s, 1000);
    int e = read_file(&content);
    if (e == ENOENT)
        log_info(NULL, "state.none_yet", "file", path);
    else if (e)
        log_error(NULL, "state.unreadable", "file", path, "error", strerror(e));
    else if (take_all(&s, &content) != OK)
        set_aside(&s);
    scope_fini(&s);
    buf_free(&content);
}

/* --- writing --- */

static void write_number(FILE *f, const struct number *n)
{
    struct scope s;
    scope_init_sized(&s, 1000, NUMBER_MAX);
    struct js *j = js_object(&s);
    js_set_text(j, "sid", n->sid);
    js_set_text(j, "phone_number", n->e164);
    for (int i = 0; i < NUMBER_FIELDS; i++)
        js_set_text(j, keys[i], n->fields[i]);
    fputs(js_dump(&s, j), f);
    scope_fini(&s);
}

static bool write_file(const char *name)
{
    FILE *f = fopen(name, "we");
    if (!f)
        return false;
    const struct number *n;
    const char *between = "";
    fputs("{\"numbers\":[", f);
    LIST_EACH(n, &numbers, struct number, link) {
        fprintf(f, "%s\n", between);
        write_number(f, n);
        between = ",";
    }
    fputs("\n]}\n", f);
    bool written = fflush(f) == 0 && !ferror(f) && fdatasync(fileno(f)) == 0;
    return fclose(f) == 0 && written;
}

void state_keep(void)
{
    if (!*path)
        return;
    char *fresh = NULL;
    if (asprintf(&fresh, "%s.new", path) < 0)
        return;
    if (!write_file(fresh) || rename(fresh, path) != 0)
        log_error(NULL, "state.write_failed", "file", path, "error", strerror(errno));
    free(fresh);
}
