/* A broken invariant: say what and abort. must(p) is malloc "or dies"; OBJ_* are checked casts. */
#pragma once
#include <stdint.h>

_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die_at(const char *file, int line, const char *what);

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond))                                                                               \
            die_at(__FILE__, __LINE__, #cond);                                                     \
    } while (0)

static inline void *must(void *p)
{
    if (!p)
        die("out of memory");
    return p;
}

/*
 * Magic numbers: an object that travels through a void * starts with `uint32_t magic`. OBJ_CAST
 * brings it back or aborts; OBJ_KILL zeroes the magic before the object is freed.
 */
#define OBJ_CHECK(p, m) CHECK((p) != NULL && (p)->magic == (m))
#define OBJ_CAST(type, p, m)                                                                       \
    ({                                                                                             \
        type *obj_ = (p);                                                                          \
        OBJ_CHECK(obj_, m);                                                                        \
        obj_;                                                                                      \
    })
#define OBJ_KILL(p, m)                                                                             \
    do {                                                                                           \
        OBJ_CHECK(p, m);                                                                           \
        (p)->magic = 0;                                                                            \
    } while (0)
