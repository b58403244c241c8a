#include "voice/store.h"
#include "base/die.h"
#include "loop/task.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define PUT_MS            120000 /* of a recording on its way to a bucket */
#define DELETE_MS         12000
#define SHA256_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define KEY_CHARS         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-"

/* ---- configuration ---- */

static bool complain(const char *what)
{
    fprintf(stderr, "configuration: RECORDING_STORE: %s\n", what);
    return false;
}

static char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *format(const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        die("store: out of memory");
    va_end(ap);
    return text;
}

static bool fit_name(const char *name)
{
    return *name && *name != '/' && !strstr(name, "..") && strspn(name, KEY_CHARS) == strlen(name);
}

/* "region=R&endpoint=URL"; the pieces point into text. */
static bool read_options(char *text, const char **region, const char **endpoint)
{
    char *rest = NULL;
    for (char *p = strtok_r(text, "&", &rest); p; p = strtok_r(NULL, "&", &rest))
        if (!strncmp(p, "region=", 7) && p[7])
            *region = p + 7;
        else if (!strncmp(p, "endpoint=", 9) && p[9])
            *endpoint = p + 9;
        else
            return complain("knows only region= and endpoint= behind the bucket");
    return true;
}

static bool is_origin(const char *url)
{
    size_t n = !strncmp(url, "http://", 7) ? 7 : !strncmp(url, "https://", 8) ? 8 : 0;
    return n && url[n] && !strpbrk(url + n, "/?# \"@");
}

/* Amazon has retired the bucket in the path; other servers have no names for their buckets. */
static bool read_bucket(char *text, struct store *out)
{
    const char *region = NULL, *endpoint = NULL, *prefix = "";
    char *options = strchr(text, '?'), *slash;
    if (options)
        *options++ = 0;
    if (options && !read_options(options, &region, &endpoint))
        return false;
    if ((slash = strchr(text, '/'))) {
        *slash = 0;
        prefix = slash + 1;
    }
    if (!fit_name(text) || (*prefix && !fit_name(prefix)))
        return complain("the bucket and its prefix are of letters, digits and ._/-");
    if (!endpoint && !region)
        return complain("needs region=, or endpoint= of a server that is not Amazon's");
    if (endpoint && !is_origin(endpoint))
        return complain("the endpoint must be an origin, such as https://s3.example.com");
    if (!*out->key || !*out->secret)
        return complain("a bucket needs RECORDING_STORE_KEY and RECORDING_STORE_SECRET");
    if (!region)
        region = "us-east-1";
    const char *between = *prefix && prefix[strlen(prefix) - 1] != '/' ? "/" : "";
    out->place = endpoint
                     ? format("%s/%s/%s%s", endpoint, text, prefix, between)
                     : format("https://%s.s3.%s.amazonaws.com/%s%s", text, region, prefix, between);
    out->sign = format("aws:amz:%s:s3", region);
    out->kind = STORE_S3;
    return true;
}

static bool read_dir(const char *path, struct store *out)
{
    struct stat st;
    if (*path != '/' || stat(path, &st) || !S_ISDIR(st.st_mode))
        return complain("the path behind dir: is no directory here");
    out->place = format("%s/", path);
    out->kind = STORE_DIR;
    return true;
}

bool store_read(const char *text, const char *key, const char *secret, struct store *out)
{
    *out = (struct store){.key = key, .secret = secret};
    if (!*text)
        return true;
    if (!strncmp(text, "dir:", 4))
        return read_dir(text + 4, out);
    if (strncmp(text, "s3://", 5) != 0)
        return complain("must begin with dir:/ or s3://");
    char *copy = must(strdup(text + 5));
    bool fit = read_bucket(copy, out);
    free(copy);
    return fit;
}

/* ---- a directory: all of it on a worker thread ---- */

struct filing {
    char path[PATH_MAX], aside[PATH_MAX];
    int fd;
    uint64_t n;
    int failed; /* errno */
};

static bool aim(const struct store *store, const char *name, struct filing *f)
{
    int n = snprintf(f->path, sizeof f->path, "%s%s", store->place, name);
    int m = snprintf(f->aside, sizeof f->aside, "%s.XXXXXX", f->path);
    return fit_name(name) && n < (int)sizeof f->path && m < (int)sizeof f->aside;
}

static int fault(bool ok)
{
    return ok ? 0 : errno ? errno : EIO;
}

static bool make_folder(const struct filing *f)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", f->path);
    *strrchr(folder, '/') = 0;
    return mkdir(folder, 0700) == 0 || errno == EEXIST;
}

static bool copy(int from, int to, uint64_t n)
{
    off_t at = 0;
    while ((uint64_t)at < n) {
        ssize_t sent = sendfile(to, from, &at, n - (uint64_t)at);
        if (sent <= 0 && errno != EINTR)
            return false;
    }
    return true;
}

/* The name, too, must outlive a power cut. */
static bool sync_folder(const struct filing *f)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", f->path);
    *strrchr(folder, '/') = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static void file_it(void *arg)
{
    struct filing *f = arg;
    errno = 0;
    int to = make_folder(f) ? mkostemp(f->aside, O_CLOEXEC) : -1;
    if (to < 0) {
        f->failed = fault(false);
        return;
    }
    bool ok = copy(f->fd, to, f->n) && fsync(to) == 0;
    ok = close(to) == 0 && ok && rename(f->aside, f->path) == 0;
    f->failed = fault(ok && sync_folder(f));
    if (!ok)
        unlink(f->aside);
}

static void unlink_it(void *arg)
{
    struct filing *f = arg;
    f->failed = fault(unlink(f->path) == 0 || errno == ENOENT);
}

static enum err await_filing(struct scope *s, const struct store *store, const char *name, int fd,
                             uint64_t n, void (*work)(void *))
{
    struct filing *f = arena_alloc(s->arena, sizeof *f);
    if (!aim(store, name, f))
        return fail(s, ERR_BUG, NULL, NULL, "store: a name that is none");
    f->fd = fd;
    f->n = n;
    await_work(work, f);
    if (f->failed)
        return fail(s, ERR_BUSY, NULL, NULL, "store: %s", strerror(f->failed));
    return OK;
}

int store_open_file(const struct store *store, const char *name)
{
    char path[PATH_MAX];
    errno = EINVAL;
    if (!fit_name(name) ||
        snprintf(path, sizeof path, "%s%s", store->place, name) >= (int)sizeof path)
        return -1;
    return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/* ---- a bucket ---- */

/* The hash of what is sent is one of the things that are signed. */
static struct http_ask ask_for(struct arena *a, const struct store *store, const char *method,
                               const char *name, const char *sha256, const char *range)
{
    const char **headers = arena_alloc(a, 3 * sizeof *headers);
    headers[0] = arena_printf(a, "x-amz-content-sha256: %s", sha256);
    headers[1] = range ? arena_printf(a, "Range: %s", range) : NULL;
    return (struct http_ask){
        .method = method,
        .url = arena_printf(a, "%s%s", store->place, fit_name(name) ? name : "-"),
        .headers = headers,
        .user = store->key,
        .password = store->secret,
        .sign = store->sign,
    };
}

struct http_ask store_get(struct arena *a, const struct store *store, const char *name,
                          const char *range)
{
    return ask_for(a, store, "GET", name, SHA256_OF_NOTHING, range);
}

static enum err judge(struct scope *s, const struct http_answer *ans)
{
    if (ans->status >= 200 && ans->status < 300)
        return OK;
    enum err e = ans->status == 404                         ? ERR_MISSING
                 : ans->status == 401 || ans->status == 403 ? ERR_FORBIDDEN
                 : ans->status == 503 || ans->status == 429 ? ERR_LIMITED
                                                            : ERR_UPSTREAM;
    return fail(s, e, NULL, NULL, "store: HTTP %d", ans->status);
}

static enum err await_put_object(struct scope *s, const struct store *store, const char *name,
                                 int fd, uint64_t n, const char *sha256)
{
    struct http_answer ans;
    struct http_file file = {fd, n};
    struct http_ask ask = ask_for(s->arena, store, "PUT", name, sha256, NULL);
    ask.type = "audio/wav";
    ask.file = &file;
    ask.total_ms = PUT_MS;
    TRY(await_http(s, &ask, &ans));
    return judge(s, &ans);
}

static enum err await_delete_object(struct scope *s, const struct store *store, const char *name)
{
    struct http_answer ans;
    struct http_ask ask = ask_for(s->arena, store, "DELETE", name, SHA256_OF_NOTHING, NULL);
    ask.total_ms = DELETE_MS;
    TRY(await_http(s, &ask, &ans));
    return ans.status == 404 ? OK : judge(s, &ans);
}

/* ---- either ---- */

enum err await_store_put(struct scope *s, const struct store *store, const char *name, int fd,
                         uint64_t n, const char *sha256)
{
    return store->kind == STORE_DIR ? await_filing(s, store, name, fd, n, file_it)
                                    : await_put_object(s, store, name, fd, n, sha256);
}

enum err await_store_delete(struct scope *s, const struct store *store, const char *name)
{
    return store->kind == STORE_DIR ? await_filing(s, store, name, -1, 0, unlink_it)
                                    : await_delete_object(s, store, name);
}
