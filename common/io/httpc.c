#include "base/clock.h"
#include "base/die.h"
#include "io/address.h"
#include "io/httpc_impl.h"
#include "loop/loop.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define CONNECT_MS       3000
#define CONNECTIONS_KEPT 64L
#define HEADER_MAX       16384

struct watch {
    uv_poll_t poll;
    curl_socket_t fd;
};

static CURLM *multi;
static uv_timer_t curl_timer;
static char *agent;
static const char *authorities; /* NULL: the system's */

void httpc_stop(struct http_stream *x)
{
    if (x->easy) {
        curl_multi_remove_handle(multi, x->easy);
        curl_easy_cleanup(x->easy);
        x->easy = NULL;
    }
    list_remove(&x->waiting);
    curl_slist_free_all(x->headers);
    x->headers = NULL;
}

/* ---- building a request ---- */

static bool add_header(struct http_stream *x, const char *name, const char *value)
{
    struct buf line = BUF(HEADER_MAX);
    buf_puts(&line, name);
    buf_puts(&line, value);
    bool fit = !line.over && !strpbrk(line.p, "\r\n");
    x->headers = must(curl_slist_append(x->headers, line.p));
    buf_free(&line);
    return fit;
}

static bool set_headers(struct http_stream *x, const struct http_ask *ask)
{
    bool fit = add_header(x, "Expect:", "");
    fit &=
        add_header(x, ask->type ? "Content-Type: " : "Content-Type:", ask->type ? ask->type : "");
    if (ask->bearer)
        fit &= add_header(x, "Authorization: Bearer ", ask->bearer);
    if (*x->trace)
        fit &= add_header(x, "traceparent: ", x->trace);
    for (const char *const *h = ask->headers; h && *h; h++)
        fit &= add_header(x, "", *h);
    curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
    return fit;
}

static size_t on_read(char *p, size_t size, size_t n, void *arg)
{
    struct http_stream *x = OBJ_CAST(struct http_stream, arg, STREAM_MAGIC);
    size_t room = size * n, left = (size_t)(x->file_n - x->file_at);
    ssize_t got = pread(x->file, p, room < left ? room : left, (off_t)x->file_at);
    if (got < 0)
        return CURL_READFUNC_ABORT;
    x->file_at += (uint64_t)got;
    return (size_t)got;
}

/* libcurl sends again from the start when a kept connection turns out to be dead. */
static int on_seek(void *arg, curl_off_t to, int origin)
{
    struct http_stream *x = OBJ_CAST(struct http_stream, arg, STREAM_MAGIC);
    x->file_at = (uint64_t)to;
    return origin == SEEK_SET ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
}

static void set_file(struct http_stream *x, const struct http_file *file)
{
    x->file = file->fd;
    x->file_n = file->n;
    curl_easy_setopt(x->easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(x->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)file->n);
    curl_easy_setopt(x->easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(x->easy, CURLOPT_READDATA, x);
    curl_easy_setopt(x->easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(x->easy, CURLOPT_SEEKDATA, x);
}

/* The last look at the clock before the bytes go to the network. */
static size_t on_body_wanted(char *p, size_t size, size_t n, void *arg)
{
    struct http_stream *x = OBJ_CAST(struct http_stream, arg, STREAM_MAGIC);
    size_t room = size * n, left = x->body_n - x->body_at;
    uint64_t now = clock_us();
    if (!x->sent && now < x->body_at_us) {
        held_wait(x);
        return CURL_READFUNC_PAUSE;
    }
    x->late = !x->sent && now > x->body_by_us;
    if (x->late)
        return CURL_READFUNC_ABORT;
    n = room < left ? room : left;
    memcpy(p, x->body + x->body_at, n);
    x->body_at += n;
    x->sent = true;
    x->sent_us = now;
    return n;
}

static void set_held(struct http_stream *x, const struct http_ask *ask)
{
    x->body_n = ask->body_n ? ask->body_n : strlen(ask->body);
    x->body = must(malloc(x->body_n + 1));
    memcpy(x->body, ask->body, x->body_n);
    x->body_at_us = ask->body_at_us;
    x->body_by_us = ask->body_by_us;
    curl_easy_setopt(x->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body_n);
    curl_easy_setopt(x->easy, CURLOPT_READFUNCTION, on_body_wanted);
    curl_easy_setopt(x->easy, CURLOPT_READDATA, x);
}

static void set_method(CURL *e, const struct http_ask *ask)
{
    const char *method = ask->method ? ask->method : "GET";
    bool post = strcmp(method, "POST") == 0;
    if (ask->body || post) {
        const char *body = ask->body ? ask->body : "";
        size_t n = ask->body_n ? ask->body_n : strlen(body);
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
        if (curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS, body) != CURLE_OK)
            die("httpc: no memory for a body of %zu bytes", n);
    }
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    else if (!post && strcmp(method, "GET") != 0)
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, method);
    else if (!post && ask->body)
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, method);
}

static void set_limits(CURL *e, const struct http_ask *ask, uint64_t total_ms)
{
    long connect = ask->connect_ms ? (long)ask->connect_ms : CONNECT_MS;
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, connect);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)total_ms);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    /* Without it a transfer that ends during a name lookup joins the resolver's thread: the whole
       process would wait as long as a dead name server takes. */
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
    /* A reused connection that closes without an answer makes libcurl send the request again. */
    curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, (long)ask->never_resend);
    curl_easy_setopt(e, CURLOPT_FORBID_REUSE, (long)ask->never_resend);
}

static void set_wire(CURL *e)
{
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_USERAGENT, agent);
    if (authorities)
        curl_easy_setopt(e, CURLOPT_CAINFO, authorities);
}

/* ---- libcurl hands over: buffer, never call anybody ---- */

static bool is_redirect(long status)
{
    return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct http_stream *x = OBJ_CAST(struct http_stream, arg, STREAM_MAGIC);
    long status = 0;
    if (!x->answered_us)
        x->answered_us = clock_us();
    if (size * n > 2 || !strchr("\r\n", p[0]))
        return size * n;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    if (x->follow && is_redirect(status))
        x->away = true;
    else if (status >= 200 && !x->head) { /* the blank line behind a head that is no 1xx */
        x->head = true;
        x->status = (int)status;
        x->last_byte_ms = clock_ms();
        stream_mark(x);
    }
    return size * n;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct http_stream *x = OBJ_CAST(struct http_stream, arg, STREAM_MAGIC);
    n *= size;
    if (x->pending.n && x->pending.n + n > PENDING_MAX && x->h->on_piece) {
        x->held = true;
        stream_mark(x);
        return CURL_WRITEFUNC_PAUSE;
    }
    x->received += n;
    x->over |= x->received > x->max;
    if (x->over)
        return 0;
    if (x->away)
        return n;
    x->last_byte_ms = clock_ms();
    buf_put(&x->pending, p, n);
    stream_mark(x);
    return n;
}

/* ---- outcome ---- */

static enum err outcome(struct http_stream *x, CURLcode rc)
{
    if (rc == CURLE_OUT_OF_MEMORY)
        die("httpc: out of memory");
    x->why = x->over ? "answer too big" : x->late ? "too late to be sent" : curl_easy_strerror(rc);
    if (x->over)
        return ERR_TOO_BIG;
    if (rc == CURLE_OPERATION_TIMEDOUT || x->late)
        return ERR_TIMEOUT;
    if (rc == CURLE_URL_MALFORMAT)
        return ERR_INVALID;
    return rc == CURLE_OK ? OK : ERR_UPSTREAM;
}

static uint64_t date_of(CURL *easy)
{
    struct curl_header *date;
    if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &date) != CURLHE_OK)
        return 0;
    time_t at = curl_getdate(date->value, NULL);
    return at > 0 ? (uint64_t)at * 1000 : 0;
}

void httpc_read_head(struct http_stream *x)
{
    const char *type = NULL;
    struct curl_header *range = NULL;
    curl_off_t length = -1, retry = 0;
    curl_easy_getinfo(x->easy, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &retry);
    bool ranged =
        curl_easy_header(x->easy, "Content-Range", 0, CURLH_HEADER, -1, &range) == CURLHE_OK;
    snprintf(x->type, sizeof x->type, "%s", type ? type : "");
    snprintf(x->range, sizeof x->range, "%s", ranged ? range->value : "");
    x->length = length;
    x->date_ms = date_of(x->easy);
    x->retry_after_s = retry > 0 && retry < 86400 ? (unsigned)retry : retry > 0 ? 86400 : 0;
}

void httpc_go_on(struct http_stream *x)
{
    x->held = false;
    curl_easy_pause(x->easy, CURLPAUSE_CONT);
}

/* Any byte of the request on the wire counts as sent: the peer may have acted on it. */
void httpc_note_sent(struct http_stream *x)
{
    long bytes = 0;
    if (x->easy && !x->body)
        curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &bytes);
    x->sent |= bytes > 0;
}

/* ---- one redirect: whoever answered must not send us, or our credentials, anywhere ---- */

static curl_socket_t open_public(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    (void)arg, (void)purpose;
    if (!address_is_public(&a->addr))
        return CURL_SOCKET_BAD;
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static bool same(CURLU *a, CURLU *b, CURLUPart part)
{
    char *p = NULL, *q = NULL;
    curl_url_get(a, part, &p, CURLU_DEFAULT_PORT);
    curl_url_get(b, part, &q, CURLU_DEFAULT_PORT);
    bool same = p && q && strcasecmp(p, q) == 0;
    curl_free(p);
    curl_free(q);
    return same;
}

/* A connection of its own where the address matters: a kept one would not be asked where it leads. */
static void only_public(CURL *e)
{
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_public);
    curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
}

static void confine(CURL *e, CURLU *from, CURLU *to)
{
    bool same_host = same(from, to, CURLUPART_HOST);
    if (!same_host || !same(from, to, CURLUPART_SCHEME) || !same(from, to, CURLUPART_PORT))
        curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https");
    if (!same_host)
        only_public(e);
}

/* libcurl has put user and password into what a relative redirect becomes. */
static void drop_credentials(CURL *e, CURLU *to)
{
    curl_url_set(to, CURLUPART_USER, NULL, 0);
    curl_url_set(to, CURLUPART_PASSWORD, NULL, 0);
    curl_easy_setopt(e, CURLOPT_USERNAME, NULL);
    curl_easy_setopt(e, CURLOPT_PASSWORD, NULL);
}

static bool aim(CURL *e)
{
    CURLU *from = must(curl_url()), *to = must(curl_url());
    char *old = NULL, *new = NULL, *url = NULL;
    curl_easy_getinfo(e, CURLINFO_EFFECTIVE_URL, &old);
    curl_easy_getinfo(e, CURLINFO_REDIRECT_URL, &new);
    bool fit = new && !curl_url_set(from, CURLUPART_URL, old, 0) &&
               !curl_url_set(to, CURLUPART_URL, new, 0);
    if (fit) {
        confine(e, from, to);
        drop_credentials(e, to);
        fit = !curl_url_get(to, CURLUPART_URL, &url, 0);
        curl_easy_setopt(e, CURLOPT_URL, url);
    }
    curl_free(url);
    curl_url_cleanup(from);
    curl_url_cleanup(to);
    return fit;
}

static enum err follow(struct http_stream *x)
{
    uint64_t left = clock_left(x->until_ms);
    httpc_note_sent(x);
    x->why = x->followed ? "a second redirect" : left ? "a redirect to nowhere" : "no time left";
    if (x->followed || !left || !aim(x->easy))
        return left ? ERR_UPSTREAM : ERR_TIMEOUT;
    x->followed = true;
    x->away = false;
    x->received = 0;
    curl_easy_setopt(x->easy, CURLOPT_TIMEOUT_MS, (long)left);
    curl_multi_remove_handle(multi, x->easy);
    CHECK(curl_multi_add_handle(multi, x->easy) == CURLM_OK);
    return OK;
}

static void reap(void)
{
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(multi, &left))) {
        if (m->msg != CURLMSG_DONE)
            continue;
        struct http_stream *x = NULL;
        CURLcode rc = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x);
        OBJ_CHECK(x, STREAM_MAGIC);
        enum err e = outcome(x, rc);
        if (e || !x->away || (e = follow(x)))
            stream_end(x, e);
    }
}

static void act(curl_socket_t fd, int flags)
{
    int running;
    curl_multi_socket_action(multi, fd, flags, &running);
    reap();
    stream_hand_all();
}

void httpc_turn(void)
{
    act(CURL_SOCKET_TIMEOUT, 0);
}

static void on_poll(uv_poll_t *p, int status, int events)
{
    struct watch *w = p->data;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    flags |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
    flags |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
    act(w->fd, flags);
}

static void on_curl_timer(uv_timer_t *t)
{
    (void)t;
    httpc_turn();
}

/* 0 means "in the next turn": acting at once would enter libcurl from inside libcurl. */
static int on_set_timer(CURLM *m, long ms, void *arg)
{
    (void)m, (void)arg;
    uv_update_time(loop_uv());
    if (ms < 0)
        uv_timer_stop(&curl_timer);
    else
        uv_timer_start(&curl_timer, on_curl_timer, (uint64_t)ms, 0);
    return 0;
}

static void on_watch_closed(uv_handle_t *h)
{
    free(h->data);
}

static int on_socket(CURL *e, curl_socket_t fd, int what, void *arg, void *assigned)
{
    (void)e, (void)arg;
    struct watch *w = assigned;
    if (what == CURL_POLL_REMOVE) {
        if (w) {
            uv_poll_stop(&w->poll);
            uv_close((uv_handle_t *)&w->poll, on_watch_closed);
            curl_multi_assign(multi, fd, NULL);
        }
        return 0;
    }
    if (!w) {
        w = must(calloc(1, sizeof *w));
        w->fd = fd;
        w->poll.data = w;
        CHECK(uv_poll_init_socket(loop_uv(), &w->poll, fd) == 0);
        curl_multi_assign(multi, fd, w);
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    CHECK(uv_poll_start(&w->poll, events, on_poll) == 0);
    return 0;
}

/* ---- starting ---- */

bool httpc_send(struct http_stream *x, const struct http_ask *ask, uint64_t total_ms)
{
    CHECK(!ask->follow || (!ask->body && !ask->bearer));
    x->easy = must(curl_easy_init());
    x->follow = ask->follow;
    x->until_ms = clock_ms() + total_ms;
    set_wire(x->easy);
    set_limits(x->easy, ask, total_ms);
    if (ask->public_only)
        only_public(x->easy);
    if (ask->file)
        set_file(x, ask->file);
    else if (ask->body_at_us)
        set_held(x, ask);
    else
        set_method(x->easy, ask);
    if (ask->sign)
        curl_easy_setopt(x->easy, CURLOPT_AWS_SIGV4, ask->sign);
    if (ask->user) {
        curl_easy_setopt(x->easy, CURLOPT_USERNAME, ask->user);
        curl_easy_setopt(x->easy, CURLOPT_PASSWORD, ask->password ? ask->password : "");
    }
    curl_easy_setopt(x->easy, CURLOPT_URL, ask->url);
    curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x);
    curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
    if (!set_headers(x, ask)) {
        x->why = "line break in a header, or one too long";
        return false;
    }
    CHECK(curl_multi_add_handle(multi, x->easy) == CURLM_OK);
    return true;
}

/* ---- life ---- */

static int users;

void httpc_open(const char *user_agent)
{
    if (users++)
        return;
    CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    agent = must(strdup(user_agent));
    /* What all else here that speaks TLS asks through OpenSSL; libcurl was built with its own. */
    authorities = getenv("SSL_CERT_FILE");
    uv_timer_init(loop_uv(), &curl_timer);
    multi = must(curl_multi_init());
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_set_timer);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
}

void httpc_close(void)
{
    if (--users)
        return;
    stream_close_all();
    curl_multi_cleanup(multi);
    uv_close((uv_handle_t *)&curl_timer, NULL);
    held_close();
    curl_global_cleanup();
    free(agent);
}
