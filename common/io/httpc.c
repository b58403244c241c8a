#include "io/httpc.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "base/metric.h"
#include "loop/loop.h"
#include "loop/task.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define STREAM_MAGIC 0x68747463
#define CONNECT_MS 3000
#define STREAM_TOTAL_MS 120000
#define WARM_MS 5000
#define ANSWER_MAX (1u << 20)
#define STREAM_MAX (64u << 20)
#define PENDING_MAX (256u << 10) /* received and not yet taken; beyond, the peer waits */
#define CONNECTIONS_KEPT 64L
#define HEADER_MAX 16384
#define HOST_MAX 80

/*
 * libcurl calls us only to buffer: head and pieces are handed on after it has returned, so that a
 * consumer may start, cancel or resume any transfer from any callback (libcurl itself would refuse).
 */
struct http_stream {
    uint32_t magic;
    struct list all, dirty;
    CURL *easy; /* NULL once it has ended */
    struct curl_slist *headers;
    const struct http_stream_h *h;
    void *arg;
    struct buf pending;
    size_t received, max;
    uint64_t began_us, last_byte_ms;
    unsigned idle_ms;
    struct timer *idle;
    char host[HOST_MAX];
    int status;
    char type[128], range[64];
    int64_t length;
    unsigned retry_after_s;
    enum err err;
    const char *why;
    bool bad, head, headed; /* unfit to start; head received; head handed on */
    bool held, paused;      /* libcurl waits for us; we wait for the consumer */
    bool over, idled;       /* more than max; silent for too long */
    bool ended, canceled, busy, sent;
};

struct watch {
    uv_poll_t poll;
    curl_socket_t fd;
};

static CURLM *multi;
static uv_timer_t curl_timer, kick_timer;
static struct list streams, dirty;
static char *agent;

static void on_kick(uv_timer_t *t);

/* ---- destructors ---- */

static void detach(struct http_stream *x)
{
    timer_cancel(&x->idle);
    if (x->easy) {
        curl_multi_remove_handle(multi, x->easy);
        curl_easy_cleanup(x->easy);
        x->easy = NULL;
    }
    curl_slist_free_all(x->headers);
    x->headers = NULL;
}

static void destroy(struct http_stream *x)
{
    detach(x);
    list_remove(&x->all);
    list_remove(&x->dirty);
    buf_free(&x->pending);
    OBJ_KILL(x, STREAM_MAGIC);
    free(x);
}

static void count(const struct http_stream *x)
{
    char labels[HOST_MAX + 48], class[16];
    snprintf(class, sizeof class, "%dxx", x->status / 100);
    const char *shown = x->canceled ? "canceled" : x->err ? err_code(x->err) : class;
    snprintf(labels, sizeof labels, "host=\"%s\",class=\"%s\"", x->host, shown);
    metric_time("va_httpc_seconds", labels, clock_us() - x->began_us);
}

/* ---- building a request ---- */

static void set_host(struct http_stream *x, const char *url)
{
    const char *p = strstr(url, "://");
    p = p ? p + 3 : url;
    size_t n = strcspn(p, "/?#");
    for (size_t i = n; i > 0; i--)
        if (p[i - 1] == '@') {
            p += i, n -= i;
            break;
        }
    for (size_t i = 0; i < n && p[i] != ':' && i < HOST_MAX - 1; i++)
        x->host[i] = strchr("\"\\\n", p[i]) ? '_' : p[i];
}

static void add_header(struct http_stream *x, const char *name, const char *value)
{
    struct buf line = BUF(HEADER_MAX);
    buf_puts(&line, name);
    buf_puts(&line, value);
    x->bad |= line.over || strpbrk(line.p, "\r\n") != NULL;
    x->headers = must(curl_slist_append(x->headers, line.p));
    buf_free(&line);
}

static void set_headers(struct http_stream *x, const struct http_ask *ask)
{
    add_header(x, "Expect:", "");
    add_header(x, ask->type ? "Content-Type: " : "Content-Type:", ask->type ? ask->type : "");
    if (ask->bearer)
        add_header(x, "Authorization: Bearer ", ask->bearer);
    for (const char *const *h = ask->headers; h && *h; h++)
        add_header(x, "", *h);
    curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
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
}

/* ---- libcurl hands over: buffer, never call anybody ---- */

static void mark(struct http_stream *x)
{
    if (list_empty(&x->dirty))
        list_append(&dirty, &x->dirty);
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct http_stream *x = OBJ_CAST(struct http_stream, arg, STREAM_MAGIC);
    long status = 0;
    if (size * n > 2 || !strchr("\r\n", p[0]))
        return size * n;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && !x->head) { /* the blank line behind a head that is no 1xx */
        x->head = true;
        x->status = (int)status;
        x->last_byte_ms = clock_ms();
        mark(x);
    }
    return size * n;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct http_stream *x = OBJ_CAST(struct http_stream, arg, STREAM_MAGIC);
    n *= size;
    if (x->pending.n && x->pending.n + n > PENDING_MAX && x->h->on_piece) {
        x->held = true;
        mark(x);
        return CURL_WRITEFUNC_PAUSE;
    }
    x->received += n;
    x->over |= x->received > x->max;
    if (x->over)
        return 0;
    x->last_byte_ms = clock_ms();
    buf_put(&x->pending, p, n);
    mark(x);
    return n;
}

/* ---- outcome ---- */

static enum err outcome(struct http_stream *x, CURLcode rc)
{
    if (rc == CURLE_OUT_OF_MEMORY)
        die("httpc: out of memory");
    x->why = x->over ? "answer too big" : x->idled ? "answer stalled" : curl_easy_strerror(rc);
    if (x->over)
        return ERR_TOO_BIG;
    if (x->idled || rc == CURLE_OPERATION_TIMEDOUT)
        return ERR_TIMEOUT;
    if (rc == CURLE_URL_MALFORMAT)
        return ERR_INVALID;
    return rc == CURLE_OK ? OK : ERR_UPSTREAM;
}

static void read_head(struct http_stream *x)
{
    const char *type = NULL;
    struct curl_header *range = NULL;
    curl_off_t length = -1, retry = 0;
    curl_easy_getinfo(x->easy, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &retry);
    bool ranged = curl_easy_header(x->easy, "Content-Range", 0, CURLH_HEADER, -1, &range) == CURLHE_OK;
    snprintf(x->type, sizeof x->type, "%s", type ? type : "");
    snprintf(x->range, sizeof x->range, "%s", ranged ? range->value : "");
    x->length = length;
    x->retry_after_s = retry > 0 && retry < 86400 ? (unsigned)retry : retry > 0 ? 86400 : 0;
}

/* Any byte of the request on the wire counts as sent: the peer may have acted on it. */
static void note_sent(struct http_stream *x)
{
    long bytes = 0;
    if (x->easy && !x->bad)
        curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &bytes);
    x->sent |= bytes > 0;
}

static void end(struct http_stream *x, enum err e)
{
    note_sent(x);
    if (x->head && !x->headed)
        read_head(x);
    x->err = e;
    x->ended = true;
    detach(x);
    mark(x);
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
        end(x, outcome(x, rc));
    }
}

/* ---- handing on, on the loop's stack and outside libcurl ---- */

static void on_idle(void *arg)
{
    struct http_stream *x = OBJ_CAST(struct http_stream, arg, STREAM_MAGIC);
    uint64_t silent = clock_ms() - x->last_byte_ms, again = x->idle_ms;
    timer_cancel(&x->idle);
    if (x->ended)
        return;
    if (!x->paused && silent >= x->idle_ms) {
        x->idled = true;
        end(x, outcome(x, CURLE_OPERATION_TIMEDOUT));
        uv_timer_start(&kick_timer, on_kick, 0, 0);
        return;
    }
    if (!x->paused)
        again -= silent;
    x->idle = timer_after(again, on_idle, x);
}

static void hand_head(struct http_stream *x)
{
    if (!x->head || x->headed)
        return;
    x->headed = true;
    if (x->easy)
        read_head(x);
    if (x->idle_ms && !x->ended)
        x->idle = timer_after(x->idle_ms, on_idle, x);
    if (x->h->on_head)
        x->h->on_head(x->arg, x->status, x->type, x->length);
}

static void hand_pieces(struct http_stream *x)
{
    while (!x->canceled && !x->paused && x->h->on_piece && x->pending.n) {
        x->paused = !x->h->on_piece(x->arg, x->pending.p, x->pending.n);
        if (!x->paused && !x->canceled)
            buf_reset(&x->pending);
        if (x->held && !x->paused && !x->canceled && x->easy) {
            x->held = false;
            curl_easy_pause(x->easy, CURLPAUSE_CONT); /* may buffer more at once */
            x->last_byte_ms = clock_ms();
        }
    }
}

static bool drained(const struct http_stream *x)
{
    return !x->h->on_piece || (!x->pending.n && !x->paused) || x->err;
}

static void hand_on(struct http_stream *x)
{
    x->busy = true;
    hand_head(x);
    hand_pieces(x);
    if (x->ended && !x->canceled && drained(x)) {
        count(x);
        x->canceled = true; /* a late http_cancel() from on_end does nothing */
        x->h->on_end(x->arg, x->err);
    }
    x->busy = false;
    if (x->canceled)
        destroy(x);
}

static void hand_all(void)
{
    for (struct http_stream *x; (x = LIST_FIRST(&dirty, struct http_stream, dirty));) {
        list_remove(&x->dirty);
        hand_on(x);
    }
}

static void on_kick(uv_timer_t *t)
{
    (void)t;
    hand_all();
}

static void kick(struct http_stream *x)
{
    mark(x);
    uv_timer_start(&kick_timer, on_kick, 0, 0);
}

/* ---- libcurl on the loop ---- */

static void act(curl_socket_t fd, int flags)
{
    int running;
    curl_multi_socket_action(multi, fd, flags, &running);
    reap();
    hand_all();
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
    act(CURL_SOCKET_TIMEOUT, 0);
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

static struct http_stream *start(const struct http_ask *ask, uint64_t total_ms, size_t max, size_t pending,
                                 const struct http_stream_h *h, void *arg)
{
    struct http_stream *x = must(calloc(1, sizeof *x));
    *x = (struct http_stream){.magic = STREAM_MAGIC, .h = h, .arg = arg, .max = max, .length = -1,
                              .idle_ms = ask->idle_ms, .began_us = clock_us(), .pending = BUF(pending)};
    list_init(&x->dirty);
    list_append(&streams, &x->all);
    x->easy = must(curl_easy_init());
    set_host(x, ask->url);
    set_wire(x->easy);
    set_limits(x->easy, ask, total_ms);
    set_method(x->easy, ask);
    set_headers(x, ask);
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
    if (!x->bad)
        CHECK(curl_multi_add_handle(multi, x->easy) == CURLM_OK);
    return x;
}

/* A request unfit to start ends like any other: by a callback, in the next turn. */
static struct http_stream *started(struct http_stream *x)
{
    if (x->bad) {
        end(x, ERR_INVALID);
        x->why = "line break in a header, or one too long";
        kick(x);
    }
    return x;
}

struct asking {
    struct wait wait;
    struct http_stream *x;
    struct scope *scope;
    struct http_answer *answer;
    enum err err;
};

static void copy_answer(struct asking *a)
{
    struct http_stream *x = a->x;
    char *body = arena_try(a->scope->arena, x->pending.n + 1);
    if (!body) {
        a->err = fail(a->scope, ERR_TOO_BIG, NULL, NULL, "%s: answer too big", x->host);
        return;
    }
    memcpy(body, x->pending.p, x->pending.n);
    a->answer->status = x->status;
    a->answer->body = body;
    a->answer->n = x->pending.n;
    a->answer->length = x->length;
    a->answer->retry_after_s = x->retry_after_s;
    a->answer->type = arena_strdup(a->scope->arena, x->type);
}

static void on_answer(void *arg, enum err e)
{
    struct asking *a = arg;
    a->answer->sent = a->x->sent;
    a->err = e;
    if (e)
        fail(a->scope, e, NULL, NULL, "%s: %s", a->x->host, a->x->why ? a->x->why : err_code(e));
    else
        copy_answer(a);
    wait_settle(&a->wait);
}

enum err await_http(struct scope *s, const struct http_ask *ask, struct http_answer *ans)
{
    static const struct http_stream_h whole = {.on_end = on_answer};
    uint64_t left = clock_left(s->deadline);
    *ans = (struct http_answer){.body = "", .type = "", .length = -1};
    if (!left)
        return fail(s, ERR_TIMEOUT, NULL, NULL, "no time left for the request");
    if (ask->total_ms && ask->total_ms < left)
        left = ask->total_ms;
    size_t max = ask->max_answer ? ask->max_answer : ANSWER_MAX;
    struct asking a = {.wait = WAIT_HERE, .scope = s, .answer = ans};
    a.x = started(start(ask, left, max, max, &whole, &a));
    await_wait(&a.wait);
    return a.err;
}

struct http_stream *http_stream(const struct http_ask *ask, const struct http_stream_h *h, void *arg)
{
    CHECK(h->on_piece && h->on_end);
    size_t max = ask->max_answer ? ask->max_answer : STREAM_MAX;
    uint64_t total = ask->total_ms ? ask->total_ms : STREAM_TOTAL_MS;
    /* One piece of libcurl's may come on top of PENDING_MAX when nothing was pending. */
    return started(start(ask, total, max, PENDING_MAX + CURL_MAX_WRITE_SIZE, h, arg));
}

void http_cancel(struct http_stream *x)
{
    OBJ_CHECK(x, STREAM_MAGIC);
    if (x->canceled)
        return;
    x->canceled = true;
    count(x);
    if (x->busy)
        detach(x); /* hand_on() is below us and frees it */
    else
        destroy(x);
}

void http_resume(struct http_stream *x)
{
    OBJ_CHECK(x, STREAM_MAGIC);
    x->paused = false;
    x->last_byte_ms = clock_ms();
    kick(x);
}

bool http_sent(struct http_stream *x)
{
    OBJ_CHECK(x, STREAM_MAGIC);
    note_sent(x);
    return x->sent;
}

unsigned http_retry_after(struct http_stream *x)
{
    OBJ_CHECK(x, STREAM_MAGIC);
    return x->retry_after_s;
}

const char *http_content_range(struct http_stream *x)
{
    OBJ_CHECK(x, STREAM_MAGIC);
    return x->range;
}

/* ---- warm connections ---- */

static bool ignore_piece(void *arg, const char *p, size_t n)
{
    (void)arg, (void)p, (void)n;
    return true;
}

static void ignore_end(void *arg, enum err e)
{
    (void)arg, (void)e;
}

/* A real request: connections made with CONNECT_ONLY are never reused by others. */
void http_warm(const char *url)
{
    static const struct http_stream_h ignore = {.on_piece = ignore_piece, .on_end = ignore_end};
    struct http_ask ask = {.method = "HEAD", .url = url, .total_ms = WARM_MS};
    http_stream(&ask, &ignore, NULL);
}

/* ---- life ---- */

void httpc_open(const char *user_agent)
{
    CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    list_init(&streams);
    list_init(&dirty);
    agent = must(strdup(user_agent));
    uv_timer_init(loop_uv(), &curl_timer);
    uv_timer_init(loop_uv(), &kick_timer);
    multi = must(curl_multi_init());
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_set_timer);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
}

void httpc_close(void)
{
    for (struct http_stream *x; (x = LIST_FIRST(&streams, struct http_stream, all));) {
        if (!x->ended)
            end(x, ERR_CLOSING);
        x->err = ERR_CLOSING;
        list_remove(&x->dirty);
        hand_on(x);
    }
    curl_multi_cleanup(multi);
    uv_close((uv_handle_t *)&curl_timer, NULL);
    uv_close((uv_handle_t *)&kick_timer, NULL);
    curl_global_cleanup();
    free(agent);
}

/* ---- forms ---- */

static void put_encoded(struct buf *b, const char *s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *s; s++)
        if (strchr(plain, *s))
            buf_putc(b, *s);
        else
            buf_printf(b, "%%%02X", (unsigned char)*s);
}

const char *url_encode(struct arena *a, const char *s)
{
    struct buf b = buf_in(a, 3 * strlen(s) + 1);
    put_encoded(&b, s);
    return b.p;
}

void form_add(struct buf *b, const char *name, const char *value)
{
    if (!value)
        return;
    if (b->n)
        buf_putc(b, '&');
    put_encoded(b, name);
    buf_putc(b, '=');
    put_encoded(b, value);
}
