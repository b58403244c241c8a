/* The dashboard's files: a flat folder, known types, nothing else on the disk can be named. */
#include "api.h"
#include "files.h"
#include "gateway.h"
#include "io/crypto.h"
#include "routes.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (512 * 1024)
#define CSP                                                                                        \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "              \
    "font-src 'self'; connect-src 'self'; media-src 'self'; base-uri 'none'; form-action 'self'; " \
    "frame-ancestors 'none'"

static const struct {
    const char *ending, *type;
} TYPES[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".map", "application/json"},
};

static const char *type_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof TYPES / sizeof *TYPES; i++)
        if (!strcmp(dot, TYPES[i].ending))
            return TYPES[i].type;
    return NULL;
}

/* The whole file in the arena, or NULL. */
static char *slurp(struct arena *a, const char *path, size_t *n)
{
    struct stat st;
    char *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX) {
        text = arena_alloc(a, (size_t)st.st_size + 1);
        if (read(fd, text, (size_t)st.st_size) != st.st_size)
            text = NULL;
        *n = (size_t)st.st_size;
    }
    if (fd >= 0)
        close(fd);
    return text;
}

static const char *etag_of(struct arena *a, const char *text, size_t n)
{
    uint8_t digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    sha256(text, n, digest);
    hex_encode(digest, sizeof digest, hex);
    return arena_printf(a, "\"%.32s\"", hex);
}

enum err files_reply(struct req *r, const char *type, const char *policy, const char *text,
                     size_t n)
{
    const char *seen = req_header(r, "If-None-Match"), *etag = etag_of(r->scope.arena, text, n);
    req_set_header(r, "ETag", etag);
    req_set_header(r, "Cache-Control", "no-cache");
    req_set_header(r, "Content-Security-Policy", policy);
    req_set_header(r, "Referrer-Policy", "no-referrer");
    if (seen && strstr(seen, etag))
        return req_reply_bytes(r, 304, type, "", 0);
    return req_reply_bytes(r, 200, type, text, n);
}

static enum err send_file(struct req *r, const char *name)
{
    struct arena *a = r->scope.arena;
    size_t n = 0;
    const char *type = type_of(name);
    char *text = *cfg.dashboard_dir && type
                     ? slurp(a, arena_printf(a, "%s/%s", cfg.dashboard_dir, name), &n)
                     : NULL;
    if (!text)
        return api_missing(r, "file");
    return files_reply(r, type, CSP, text, n);
}

enum err files_index(struct req *r)
{
    return send_file(r, "index.html");
}

/* The router hands over one decoded part of the path; it may still hold a slash. */
enum err files_asset(struct req *r)
{
    const char *name = req_param(r, "name");
    if (strchr(name, '/') || *name == '.')
        return api_missing(r, "file");
    return send_file(r, arena_printf(r->scope.arena, "assets/%s", name));
}
