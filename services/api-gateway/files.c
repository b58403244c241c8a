/*
 * The dashboard's files: one page, and a flat folder of what it loads. The names of those carry a hash of what
 * is in them, so browsers keep them for ever; the page itself is asked for each time.
 */
#include "api.h"
#include "files.h"
#include "gateway.h"
#include "base/buf.h"
#include "io/crypto.h"
#include "routes.h"
#include "talk.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX    (512 * 1024)
#define NONCE_BYTES 16
#define NONCE_TEXT  23          /* as base64url, with its NUL */
#define NONCE_PLACE "__NONCE__" /* where the page has it */
#define FOR_EVER    "public, max-age=31536000, immutable"

/* A style sheet that is made at run time, as the player of recordings does, must know the page's nonce. */
#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self' data:; "   \
    "font-src 'self'; connect-src 'self' %s; media-src 'self' blob:; base-uri 'none'; "            \
    "form-action 'self'; frame-ancestors 'none'"

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

static const char *path_of(struct req *r, const char *name)
{
    return arena_printf(r->scope.arena, "%s/%s", cfg.dashboard_dir, name);
}

/* A page that would grow too long is cut, and shows nothing: it has a few lines. */
static char *with_nonce(struct arena *a, const char *page, const char *nonce)
{
    struct buf b = buf_in(a, FILE_MAX);
    const char *place;
    for (; (place = strstr(page, NONCE_PLACE)); page = place + strlen(NONCE_PLACE))
        buf_printf(&b, "%.*s%s", (int)(place - page), page, nonce);
    buf_puts(&b, page);
    return b.p;
}

static enum err send_page(struct req *r)
{
    struct arena *a = r->scope.arena;
    uint8_t random[NONCE_BYTES];
    char nonce[NONCE_TEXT];
    size_t n;
    char *page = *cfg.dashboard_dir ? slurp(a, path_of(r, "index.html"), &n) : NULL;
    if (!page)
        return api_missing(r, "page: this server has no dashboard");
    const char *talk = talk_origin(a);
    random_bytes(random, sizeof random);
    base64url_encode(random, sizeof random, nonce);
    page[n] = 0;
    page = with_nonce(a, page, nonce);
    req_set_header(r, "Content-Security-Policy", arena_printf(a, POLICY, nonce, talk ? talk : ""));
    req_set_header(r, "Cache-Control", "no-store");
    req_set_header(r, "Referrer-Policy", "no-referrer");
    return req_reply_bytes(r, 200, "text/html; charset=utf-8", page, strlen(page));
}

enum err files_index(struct req *r)
{
    return send_page(r);
}

/* What the page shows at which address is its own business. */
enum err files_page(struct req *r)
{
    return send_page(r);
}

/* What was packed beforehand is sent packed to who can unpack it. */
static char *slurp_packed(struct req *r, const char *path, size_t *n)
{
    const char *accepted = req_header(r, "Accept-Encoding");
    req_set_header(r, "Vary", "Accept-Encoding");
    char *packed = accepted && strstr(accepted, "gzip")
                       ? slurp(r->scope.arena, arena_printf(r->scope.arena, "%s.gz", path), n)
                       : NULL;
    if (packed)
        req_set_header(r, "Content-Encoding", "gzip");
    return packed ? packed : slurp(r->scope.arena, path, n);
}

/* The router hands over one decoded part of the path; it may still hold a slash. */
enum err files_asset(struct req *r)
{
    const char *name = req_param(r, "name"), *type = type_of(name);
    size_t n;
    if (!*cfg.dashboard_dir || !type || strchr(name, '/') || *name == '.')
        return api_missing(r, "file");
    char *bytes = slurp_packed(r, path_of(r, arena_printf(r->scope.arena, "assets/%s", name)), &n);
    if (!bytes)
        return api_missing(r, "file");
    req_set_header(r, "Cache-Control", FOR_EVER);
    return req_reply_bytes(r, 200, type, bytes, n);
}
