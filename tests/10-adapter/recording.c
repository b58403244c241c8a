/* Reading a recording: from a peer that knows ranges, from one that does not, and from our own disk. */
#include "base/scope.h"
#include "voice/recording.h"
#include "world_peer.h"
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(recording, .timeout = 60);

#define SOUND "0123456789abcdefghijklmnopqrstuvwxyz" /* 36 bytes */

static struct twilio twilio = {.account_sid = "AC1", .auth_token = "token"};
static struct store store;
static struct byte_range range;
static struct recording_ask wanted;

static struct {
    enum err opened, read;
    struct recording_head head;
    char type[32], bytes[256], code[32];
    size_t n;
} got;

static void take_all(struct scope *s, struct recording *rec)
{
    const char *p;
    size_t n;
    do {
        got.read = await_recording_read(s, rec, &p, &n);
        if (got.read)
            return;
        cr_assert_lt(got.n + n, sizeof got.bytes);
        memcpy(got.bytes + got.n, p, n);
        got.n += n;
    } while (n);
}

static void read_it(void *arg)
{
    (void)arg;
    char url[64];
    struct scope s;
    struct recording *rec;
    struct recording_places places = {&twilio, &store};
    snprintf(url, sizeof url, "http://127.0.0.1:%d", peer_port);
    twilio.api_url = url;
    memset(&got, 0, sizeof got);
    scope_init(&s, 10000);
    got.opened = await_recording_open(&s, &places, &wanted, &rec);
    got.head = *recording_head(rec);
    snprintf(got.type, sizeof got.type, "%s", got.head.type);
    if (!got.opened)
        take_all(&s, rec);
    snprintf(got.code, sizeof got.code, "%s", s.fault.code);
    scope_fini(&s);
}

static void fetch(peer_serve *serve, const struct recording_ask *ask)
{
    wanted = *ask;
    peer_start(serve);
    peer_run(read_it);
    peer_stop();
}

static struct recording_ask part(int64_t first, int64_t last)
{
    range = (struct byte_range){first, last};
    return (struct recording_ask){.sid = "RE1", .range = &range};
}

static void serve_whole(int fd)
{
    while (peer_request(fd))
        peer_put(
            fd, "HTTP/1.1 200 OK\r\nContent-Type: audio/x-wav\r\nContent-Length: 36\r\n\r\n" SOUND);
}

static void serve_part(int fd)
{
    while (peer_request(fd))
        peer_put(fd, "HTTP/1.1 206 Partial Content\r\nContent-Type: audio/x-wav\r\n"
                     "Content-Range: bytes 10-15/36\r\nContent-Length: 6\r\n\r\nabcdef");
}

static void serve_unknown_length(int fd)
{
    if (peer_request(fd))
        peer_put(fd,
                 "HTTP/1.1 200 OK\r\nContent-Type: audio/x-wav\r\nConnection: close\r\n\r\n" SOUND);
}

Test(recording, comes_whole_with_a_channel_for_each_side)
{
    fetch(serve_whole, &(struct recording_ask){.sid = "RE1"});
    cr_expect_eq(got.read, OK);
    cr_expect_str_eq(got.bytes, SOUND);
    cr_expect_str_eq(got.type, "audio/wav");
    cr_expect(!got.head.partial);
    cr_expect_eq(got.head.total, 36);
    cr_expect(
        strncmp(peer_last,
                "GET /2010-04-01/Accounts/AC1/Recordings/RE1.wav?RequestedChannels=2 HTTP/1.1",
                76) == 0,
        "%s", peer_last);
}

Test(recording, a_range_is_passed_on_to_a_peer_that_knows_ranges)
{
    struct recording_ask ask = part(10, 15);
    fetch(serve_part, &ask);
    cr_expect_str_eq(got.bytes, "abcdef");
    cr_expect(got.head.partial && got.head.first == 10 && got.head.last == 15);
    cr_expect_eq(got.head.total, 36);
    cr_expect(strstr(peer_last, "\r\nRange: bytes=10-15\r\n") != NULL, "%s", peer_last);
}

Test(recording, a_part_that_was_not_asked_for_is_refused)
{
    struct recording_ask ask = part(0, 5);
    fetch(serve_part, &ask);
    cr_expect_eq(got.opened, ERR_UPSTREAM);
    fetch(serve_part, &(struct recording_ask){.sid = "RE1"});
    cr_expect_eq(got.opened, ERR_UPSTREAM);
}

Test(recording, a_range_is_cut_from_what_a_peer_sends_that_does_not_know_ranges)
{
    static const struct {
        int64_t first, last;
        const char *bytes;
    } cases[] = {{0, 0, "0"},   {10, 15, "abcdef"}, {33, -1, "xyz"}, {33, 99, "xyz"},
                 {-1, 2, "yz"}, {-1, 99, SOUND},    {0, -1, SOUND}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct recording_ask ask = part(cases[i].first, cases[i].last);
        fetch(serve_whole, &ask);
        cr_expect_eq(got.read, OK);
        cr_expect_str_eq(got.bytes, cases[i].bytes);
        cr_expect(got.head.partial);
        cr_expect_eq(got.head.last - got.head.first + 1, (int64_t)got.n);
        cr_expect_eq(got.head.total, 36);
    }
}

Test(recording, a_range_with_nothing_in_it_is_told_with_the_length_of_the_whole)
{
    struct recording_ask ask = part(36, -1);
    fetch(serve_whole, &ask);
    cr_expect_eq(got.opened, ERR_RANGE);
    cr_expect_eq(got.head.total, 36);
    ask = part(-1, 0);
    fetch(serve_whole, &ask);
    cr_expect_eq(got.opened, ERR_RANGE);
}

static void serve_416(int fd)
{
    if (peer_request(fd))
        peer_put(fd, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */36\r\n"
                     "Content-Length: 0\r\nConnection: close\r\n\r\n");
}

Test(recording, a_peer_that_finds_nothing_in_the_range_is_believed)
{
    struct recording_ask ask = part(99, -1);
    fetch(serve_416, &ask);
    cr_expect_eq(got.opened, ERR_RANGE);
    cr_expect_eq(got.head.total, 36);
}

Test(recording, without_a_known_length_the_whole_comes_whatever_was_asked)
{
    struct recording_ask ask = part(10, 15);
    fetch(serve_unknown_length, &ask);
    cr_expect_eq(got.read, OK);
    cr_expect_str_eq(got.bytes, SOUND);
    cr_expect(!got.head.partial);
    cr_expect_eq(got.head.total, -1);
}

/* One channel was recorded: Twilio refuses to make two of it. */
static void serve_mono(int fd)
{
    while (peer_request(fd))
        peer_put(
            fd,
            strstr(peer_last, "RequestedChannels")
                ? "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
                  "Content-Length: 2\r\n\r\n{}"
                : "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 4\r\n\r\nmono");
}

Test(recording, what_was_recorded_as_one_channel_comes_as_one)
{
    fetch(serve_mono, &(struct recording_ask){.sid = "RE1"});
    cr_expect_eq(got.read, OK);
    cr_expect_str_eq(got.bytes, "mono");
}

static void serve_404(int fd)
{
    if (peer_request(fd))
        peer_put(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

static void serve_page(int fd)
{
    if (peer_request(fd))
        peer_put(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n"
                     "Connection: close\r\n\r\nhi");
}

static void serve_half(int fd)
{
    if (peer_request(fd))
        peer_put(fd,
                 "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 36\r\n\r\n0123");
}

static void serve_elsewhere(int fd)
{
    if (peer_request(fd))
        peer_put(fd, "HTTP/1.1 302 Found\r\nLocation: https://localhost/secret\r\n"
                     "Content-Length: 0\r\nConnection: close\r\n\r\n");
}

Test(recording, gone_broken_and_led_astray_are_told_apart)
{
    fetch(serve_404, &(struct recording_ask){.sid = "RE1"});
    cr_expect_eq(got.opened, ERR_MISSING);
    cr_expect_str_eq(got.code, "recording_gone");
    fetch(serve_page, &(struct recording_ask){.sid = "RE1"});
    cr_expect_eq(got.opened, ERR_UPSTREAM);
    fetch(serve_elsewhere, &(struct recording_ask){.sid = "RE1"});
    cr_expect_eq(got.opened, ERR_UPSTREAM);
    fetch(serve_half, &(struct recording_ask){.sid = "RE1"});
    cr_expect_eq(got.opened, OK);
    cr_expect_eq(got.read, ERR_UPSTREAM);
}

/* ---- the store on our disk ---- */

static char folder[32];

static void put_it(void *arg)
{
    (void)arg;
    struct scope s;
    char path[64];
    snprintf(path, sizeof path, "%s/source", folder);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    cr_assert_eq(write(fd, SOUND, 36), 36);
    scope_init(&s, 10000);
    cr_expect_eq(await_store_put(&s, &store, "agent/call.wav", fd, 36, ""), OK, "%s",
                 s.fault.message);
    cr_expect_eq(await_store_put(&s, &store, "../call.wav", fd, 36, ""), ERR_BUG);
    close(fd);
    scope_fini(&s);
}

static void delete_it(void *arg)
{
    (void)arg;
    struct scope s;
    scope_init(&s, 10000);
    cr_expect_eq(await_store_delete(&s, &store, "agent/call.wav"), OK);
    cr_expect_eq(await_store_delete(&s, &store, "agent/call.wav"), OK, "it is gone already");
    scope_fini(&s);
}

static void use_folder(void)
{
    char text[64];
    snprintf(folder, sizeof folder, "%s", "/tmp/va-store-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(text, sizeof text, "dir:%s", folder);
    cr_assert(store_read(text, "", "", &store));
}

static void drop_folder(void)
{
    char path[64];
    const char *const left[] = {"source", "agent", ""};
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, left[i]);
        remove(path);
    }
    cr_expect_neq(access(folder, F_OK), 0, "something is left in the store");
}

Test(recording, what_is_in_the_store_is_read_from_there_and_deleted_for_good)
{
    use_folder();
    peer_run(put_it);
    wanted = (struct recording_ask){.sid = "RE1", .name = "agent/call.wav"};
    peer_run(read_it);
    cr_expect_str_eq(got.bytes, SOUND);
    range = (struct byte_range){-1, 3};
    wanted.range = &range;
    peer_run(read_it);
    cr_expect_str_eq(got.bytes, "xyz");
    cr_expect_eq(got.head.total, 36);
    wanted.mp3 = true;
    peer_run(read_it);
    cr_expect_eq(got.opened, ERR_UNPROCESSABLE);
    wanted.mp3 = false;
    peer_run(delete_it);
    peer_run(read_it);
    cr_expect_eq(got.opened, ERR_MISSING);
    drop_folder();
}

Test(recording, a_store_that_cannot_be_one_is_told_at_the_start)
{
    static const char *const bad[] = {"/var/lib/x",
                                      "dir:relative",
                                      "dir:/nowhere/at/all",
                                      "s3://",
                                      "s3://bucket",
                                      "s3://bu cket?region=x",
                                      "s3://b?endpoint=ftp://x",
                                      "s3://b?region=x&acl=public",
                                      "s3://b/../c?region=x",
                                      "s3://b?endpoint=https://h/path",
                                      "ftp://b?region=x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect(!store_read(bad[i], "key", "secret", &store), "%s", bad[i]);
    cr_expect(!store_read("s3://b?region=x", "", "", &store), "no key");
    cr_expect(store_read("", "", "", &store) && store.kind == STORE_NONE);
    static struct store amazon; /* a process has one, for its whole life: so does this one */
    cr_expect(store_read("s3://b/calls?region=eu-central-1", "key", "secret", &amazon));
    cr_expect_str_eq(amazon.place, "https://b.s3.eu-central-1.amazonaws.com/calls/");
    cr_expect(store_read("s3://b?endpoint=http://127.0.0.1:9000", "key", "secret", &store));
    cr_expect_str_eq(store.place, "http://127.0.0.1:9000/b/");
    cr_expect_str_eq(store.sign, "aws:amz:us-east-1:s3");
}
