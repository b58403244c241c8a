/*
 * Where recordings are kept when they are to be ours: a directory, or a bucket that speaks S3.
 *
 *     struct store store;
 *     if (!store_read("s3://bucket/calls?region=eu-central-1", key, secret, &store)) ... told on stderr
 *     TRY(await_store_put(&s, &store, "AGENT/CALL.wav", fd, n, sha256));    whole, or not at all
 *     TRY(await_store_delete(&s, &store, "AGENT/CALL.wav"));                fine when there is none
 *
 * The text is "" (no store), "dir:/path", or "s3://BUCKET[/PREFIX][?region=R][&endpoint=URL]": without
 * an endpoint it is Amazon's, and the region must be told. Keys are of [A-Za-z0-9._/-]. Reading is
 * recording.h's.
 */
#pragma once
#include "base/scope.h"
#include "io/httpc.h"
#include <stdbool.h>

enum store_kind { STORE_NONE, STORE_DIR, STORE_S3 };
struct store {
    enum store_kind kind;
    const char *place; /* the directory, or the URL in front of every key, with its "/" */
    const char *sign;  /* S3: as httpc takes it */
    const char *key, *secret;
};

/* The strings live as long as the process. */
bool store_read(const char *text, const char *key, const char *secret, struct store *out);

/* n bytes of fd from its start; sha256 is their hash, in hex. The file is read while it goes out. */
enum err await_store_put(struct scope *s, const struct store *store, const char *name, int fd,
                         uint64_t n, const char *sha256) MUST_CHECK;
enum err await_store_delete(struct scope *s, const struct store *store,
                            const char *name) MUST_CHECK;

/* For recording.c: a file that is open, -1 with errno; the request that reads an object, or a range of
   it (a header's value, NULL: all). */
int store_open_file(const struct store *store, const char *name);
struct http_ask store_get(struct arena *a, const struct store *store, const char *name,
                          const char *range);
