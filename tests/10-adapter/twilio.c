/* The Twilio client against a peer that answers what the test says. */
#include "voice/twilio.h"
#include "world_peer.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(twilio, .timeout = 20);

static const char *answers[4]; /* one per request, status line to body; NULL: close without one */
static int answered;

static void serve_answers(int fd)
{
    char head[256];
    const char *a = peer_request(fd) ? answers[answered++] : NULL;
    if (!a)
        return;
    const char *body = strstr(a, "\n") + 1;
    snprintf(head, sizeof head, "HTTP/1.1 %.*s\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
             (int)(body - a - 1), a, strlen(body));
    peer_put(fd, head);
    peer_put(fd, body);
}

static void silent(int fd)
{
    peer_request(fd);
    peer_wait_hangup(fd);
}

static struct scope s;
static struct twilio t;

static void connect_to_peer(unsigned budget_ms)
{
    scope_init(&s, budget_ms);
    t = (struct twilio){arena_printf(s.arena, "http://127.0.0.1:%d/", peer_port), "AC1", "token"};
}

/* ---- placing a call ---- */

static enum twilio_fate fate;
static struct twilio_dialed dialed;
static char said[200];
static unsigned budget = 10000;

static void dial(void *arg)
{
    (void)arg;
    struct twilio_new_call call = {.to = "+15550101",
                                   .from = "+15550100",
                                   .url = "https://h/voice?a=1&b=2",
                                   .status_callback = "https://h/status",
                                   .ring_s = 25,
                                   .recording_callback = "https://h/rec"};
    connect_to_peer(budget);
    fate = await_twilio_dial(&s, &t, &call, &dialed);
    snprintf(said, sizeof said, "%s|%s|%d", dialed.sid ? dialed.sid : "", dialed.message,
             dialed.code);
    scope_fini(&s);
}

static enum twilio_fate dial_with(const char *answer)
{
    answers[0] = answer;
    peer_start(serve_answers);
    peer_run(dial);
    peer_stop();
    return fate;
}

Test(twilio, a_placed_call_has_a_sid)
{
    cr_expect_eq(dial_with("201 Created\n{\"sid\":\"CA1\",\"status\":\"queued\"}"), DIAL_PLACED);
    cr_expect_str_eq(said, "CA1||0");
    cr_expect(strncmp(peer_last, "POST /2010-04-01/Accounts/AC1/Calls.json HTTP/1.1\r\n", 51) == 0);
    cr_expect(strstr(peer_last, "Authorization: Basic QUMxOnRva2Vu\r\n") != NULL);
    cr_expect_str_eq(
        strstr(peer_last, "\r\n\r\n") + 4,
        "To=%2B15550101&From=%2B15550100&Url=https%3A%2F%2Fh%2Fvoice%3Fa%3D1%26b%3D2"
        "&StatusCallback=https%3A%2F%2Fh%2Fstatus&StatusCallbackEvent=initiated"
        "&StatusCallbackEvent=ringing&StatusCallbackEvent=answered&StatusCallbackEvent=completed"
        "&Timeout=25&Record=true&RecordingChannels=dual"
        "&RecordingStatusCallback=https%3A%2F%2Fh%2Frec"
        "&RecordingStatusCallbackEvent=completed%20absent");
}

Test(twilio, a_refused_call_has_twilios_reason)
{
    cr_expect_eq(
        dial_with("400 Bad Request\n{\"code\":21211,\"message\":\"invalid To\",\"status\":400}"),
        DIAL_REFUSED);
    cr_expect_str_eq(said, "|invalid To|21211");
}

Test(twilio, a_refusal_does_not_carry_the_number_into_logs)
{
    dial_with(
        "400 Bad Request\n{\"code\":21211,\"message\":\"'+14155550123' is not valid: CA0123456\"}");
    cr_expect_str_eq(said, "|'+*********23' is not valid: CA0123456|21211");
}

Test(twilio, a_refusal_without_json_is_a_refusal)
{
    cr_expect_eq(dial_with("403 Forbidden\n<html>no</html>"), DIAL_REFUSED);
    cr_expect_str_eq(said, "|HTTP 403|0");
}

Test(twilio, a_429_is_certainly_not_placed)
{
    cr_expect_eq(dial_with("429 Too Many\n{\"code\":20429,\"message\":\"slow down\"}"),
                 DIAL_LIMITED);
}

Test(twilio, a_server_error_leaves_it_unknown)
{
    cr_expect_eq(dial_with("500 Oops\n{\"code\":20500,\"message\":\"x\"}"), DIAL_UNKNOWN);
}

Test(twilio, a_gateways_html_leaves_it_unknown)
{
    cr_expect_eq(dial_with("502 Bad Gateway\n<html>"), DIAL_UNKNOWN);
}

Test(twilio, a_201_that_is_garbage_leaves_it_unknown)
{
    cr_expect_eq(dial_with("201 Created\n{\"sid\":"), DIAL_UNKNOWN);
}

Test(twilio, a_201_without_a_sid_leaves_it_unknown)
{
    cr_expect_eq(dial_with("201 Created\n[]"), DIAL_UNKNOWN);
}

Test(twilio, a_connection_closed_without_an_answer_leaves_it_unknown_and_asked_once)
{
    cr_expect_eq(dial_with(NULL), DIAL_UNKNOWN);
    cr_expect_eq(peer_requests, 1);
}

Test(twilio, silence_leaves_it_unknown)
{
    budget = 150;
    peer_start(silent);
    peer_run(dial);
    peer_stop();
    cr_expect_eq(fate, DIAL_UNKNOWN);
}

Test(twilio, a_twilio_that_is_not_there_was_not_asked)
{
    peer_listen();
    peer_unlisten();
    peer_run(dial);
    cr_expect_eq(fate, DIAL_LIMITED);
}

/* ---- the rest ---- */

static void list_two_pages(void *arg)
{
    (void)arg;
    struct twilio_calls calls;
    connect_to_peer(10000);
    cr_assert_eq(await_twilio_list_calls(&s, &t, "+15550101", NULL, "2026-01-02", &calls), OK);
    cr_assert_eq(calls.n, 3);
    cr_expect_str_eq(calls.calls[0].sid, "CA1");
    cr_expect_eq(calls.calls[0].duration_s, 12);
    cr_expect_eq(calls.calls[1].duration_s, -1);
    cr_expect_str_eq(calls.calls[2].status, "busy");
    cr_expect_str_eq(calls.calls[2].answered_by, "");
    cr_expect_not(calls.more);
    scope_fini(&s);
}

Test(twilio, a_list_goes_over_its_pages)
{
    answers[0] = "200 "
                 "OK\n{\"calls\":[{\"sid\":\"CA1\",\"duration\":\"12\"},{\"sid\":\"CA2\","
                 "\"duration\":null}],"
                 "\"next_page_uri\":\"/2010-04-01/Accounts/AC1/Calls.json?Page=1\"}";
    answers[1] =
        "200 OK\n{\"calls\":[{\"sid\":\"CA3\",\"status\":\"busy\"}],\"next_page_uri\":null}";
    peer_start(serve_answers);
    peer_run(list_two_pages);
    peer_stop();
    cr_expect(strstr(peer_last, "GET /2010-04-01/Accounts/AC1/Calls.json?Page=1 ") != NULL, "%s",
              peer_last);
}

static void work_with_a_number(void *arg)
{
    (void)arg;
    struct twilio_numbers offers;
    struct twilio_number n;
    connect_to_peer(10000);
    cr_expect_eq(await_twilio_search_numbers(&s, &t, "US", "415", &offers), OK);
    cr_assert_eq(offers.n, 1);
    cr_expect_str_eq(offers.numbers[0].phone_number, "+14155550100");
    cr_expect_eq(await_twilio_buy_number(&s, &t, "+14155550100", &n), ERR_CONFLICT);
    cr_expect_str_eq(s.fault.code, "twilio_21422");
    s.fault = (struct fault){0};
    cr_expect_eq(await_twilio_find_number(&s, &t, "+14155550100", &n), OK);
    cr_expect_str_eq(n.sid, "PN2");
    scope_fini(&s);
}

Test(twilio, numbers_are_searched_bought_and_found)
{
    answers[0] = "200 OK\n{\"available_phone_numbers\":[{\"phone_number\":\"+14155550100\"}]}";
    answers[1] = "400 Bad\n{\"code\":21422,\"message\":\"not available\"}";
    answers[2] =
        "200 OK\n{\"incoming_phone_numbers\":[{\"sid\":\"PN1\",\"phone_number\":\"+14155550109\"},"
        "{\"sid\":\"PN2\",\"phone_number\":\"+14155550100\"}]}";
    peer_start(serve_answers);
    peer_run(work_with_a_number);
    peer_stop();
}

static void read_a_number(void *arg)
{
    (void)arg;
    struct twilio_number n;
    connect_to_peer(10000);
    cr_expect_eq(await_twilio_number(&s, &t, "PN1", &n), OK);
    cr_expect_str_eq(n.voice_url, "https://h/voice");
    cr_expect_str_eq(n.voice_method, "GET");
    cr_expect_str_eq(n.fallback_url, "");
    cr_expect_str_eq(n.status_callback, "https://h/status");
    cr_expect_str_eq(n.application_sid, "AP1");
    cr_expect_str_eq(n.trunk_sid, "");
    cr_expect_eq(await_twilio_number(&s, &t, "PN2", &n), ERR_MISSING);
    scope_fini(&s);
}

Test(twilio, a_number_tells_where_it_leads_and_what_overrides_that)
{
    answers[0] =
        "200 "
        "OK\n{\"sid\":\"PN1\",\"phone_number\":\"+14155550100\",\"voice_url\":\"https://h/voice\","
        "\"voice_method\":\"GET\",\"voice_fallback_url\":null,\"status_callback\":\"https://h/"
        "status\","
        "\"voice_application_sid\":\"AP1\",\"trunk_sid\":null}";
    answers[1] = "404 Not Found\n{\"code\":20404,\"message\":\"not found\"}";
    peer_start(serve_answers);
    peer_run(read_a_number);
    peer_stop();
    cr_expect(
        strncmp(peer_last, "GET /2010-04-01/Accounts/AC1/IncomingPhoneNumbers/PN2.json ", 59) == 0);
}

static void end_an_ended_call(void *arg)
{
    (void)arg;
    struct twilio_hooks hooks = {"https://h/voice", "https://h/fallback", "https://h/status"};
    connect_to_peer(10000);
    cr_expect_eq(await_twilio_configure_number(&s, &t, "PN1", &hooks), OK);
    cr_expect(strstr(peer_last, "&VoiceApplicationSid=&TrunkSid=") != NULL);
    cr_expect_eq(await_twilio_end_call(&s, &t, "CA1/../x", "completed"), ERR_CONFLICT);
    cr_expect(strstr(peer_last, "/Calls/CA1%2F..%2Fx.json ") != NULL,
              "a sid cannot leave its place in the path");
    scope_fini(&s);
}

Test(twilio, a_call_that_has_ended_is_a_conflict)
{
    answers[0] = "200 OK\n{}";
    answers[1] = "400 Bad\n{\"code\":21220,\"message\":\"not in progress\"}";
    peer_start(serve_answers);
    peer_run(end_an_ended_call);
    peer_stop();
}

/* ---- recordings ---- */

static const char hang_up[] = "";
static const char
    *places[3]; /* where each answer points to, PORT is the peer's port; NULL: the audio */
static int served;

static void serve_recording(int fd)
{
    char head[256];
    const char *to = places[served++];
    if (to == hang_up || !peer_request(fd))
        return;
    if (to) {
        const char *rest = strstr(to, "PORT");
        char port[8] = "";
        size_t n = rest ? (size_t)(rest - to) : strlen(to);
        if (rest)
            snprintf(port, sizeof port, "%d", peer_port);
        snprintf(head, sizeof head,
                 "HTTP/1.1 307 Elsewhere\r\nLocation: %.*s%s%s\r\nConnection: close\r\n"
                 "Content-Length: 9\r\n\r\nelsewhere",
                 (int)n, to, port, rest ? rest + 4 : "");
        peer_put(fd, head);
    } else {
        peer_put(fd, "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 5\r\n"
                     "Connection: close\r\n\r\naudio");
    }
}

static struct fetched {
    struct wait wait;
    int heads, status;
    char body[64];
    enum err err;
} fetched;

static void on_head(void *arg, int status, const char *type, int64_t length)
{
    (void)arg, (void)type, (void)length;
    fetched.heads++;
    fetched.status = status;
}

static bool on_piece(void *arg, const char *p, size_t n)
{
    (void)arg;
    strncat(fetched.body, p, n < 40 ? n : 40);
    return true;
}

static void on_end(void *arg, enum err e)
{
    (void)arg;
    fetched.err = e;
    wait_settle(&fetched.wait);
}

static void fetch(void *arg)
{
    (void)arg;
    static const struct http_stream_h h = {on_head, on_piece, on_end};
    connect_to_peer(10000);
    fetched = (struct fetched){.wait = WAIT_HERE};
    twilio_fetch_recording(&t, &(struct twilio_sound){.sid = "RE1", .mp3 = true}, 10000, &h, NULL);
    await_wait(&fetched.wait);
    scope_fini(&s);
}

static enum err fetch_by_way_of(const char *first, const char *second)
{
    places[0] = first;
    places[1] = second;
    served = 0;
    peer_connections = 0;
    peer_start(serve_recording);
    peer_run(fetch);
    peer_stop();
    return fetched.err;
}

Test(twilio, a_recording_comes_with_our_credentials)
{
    cr_expect_eq(fetch_by_way_of(NULL, NULL), OK);
    cr_expect_str_eq(fetched.body, "audio");
    cr_expect(strncmp(peer_last, "GET /2010-04-01/Accounts/AC1/Recordings/RE1.mp3 HTTP/1.1\r\n",
                      58) == 0);
    cr_expect(strstr(peer_last, "\r\nAuthorization: Basic QUMxOnRva2Vu\r\n") != NULL);
}

Test(twilio, a_recording_that_lies_elsewhere_is_fetched_there_without_our_credentials)
{
    static const char *const same_origin[] = {"/store/RE1?x=1",
                                              "http://127.0.0.1:PORT/store/RE1?x=1",
                                              "HTTP://127.0.0.1:PORT/store/RE1?x=1"};
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(fetch_by_way_of(same_origin[i], NULL), OK, "%s", same_origin[i]);
        cr_expect_eq(fetched.heads, 1);
        cr_expect_eq(fetched.status, 200);
        cr_expect_str_eq(fetched.body, "audio");
        cr_expect(strncmp(peer_last, "GET /store/RE1?x=1 HTTP/1.1\r\n", 29) == 0, "%s", peer_last);
        cr_expect_null(strstr(peer_last, "Authorization"), "%s", peer_last);
    }
}

Test(twilio, a_recording_that_moves_twice_is_given_up)
{
    cr_expect_eq(fetch_by_way_of("/one", "/two"), ERR_UPSTREAM);
    cr_expect_eq(peer_connections, 2);
    cr_expect_eq(fetched.heads, 0);
}

Test(twilio, a_recording_leads_to_no_other_origin_in_clear_and_to_no_private_address)
{
    static const char *const traps[] = {
        "http://localhost:PORT/",
        "http://127.0.0.2:PORT/",
        "https://localhost:PORT/",
        "https://127.0.0.2:PORT/",
        "https://2130706434:PORT/",
        "https://[::ffff:127.0.0.1]:PORT/",
        "https://[::ffff:7f00:2]:PORT/",
        "https://0.0.0.0:PORT/",
        "https://10.0.0.1:PORT/",
        "https://169.254.169.254/",
        "https://[::1]:PORT/",
        "https://[fe80::1]/",
        "https://127.0.0.1@localhost:PORT/",
        "ftp://127.0.0.1:PORT/",
        "file:///etc/passwd",
        "https://",
        "",
    };
    for (size_t i = 0; i < sizeof traps / sizeof *traps; i++) {
        cr_expect_eq(fetch_by_way_of(traps[i], NULL), ERR_UPSTREAM, "%s", traps[i]);
        cr_expect_eq(peer_connections, 1, "%s", traps[i]);
        cr_expect_eq(fetched.heads, 0, "%s", traps[i]);
    }
}

Test(twilio, a_recording_leads_to_no_other_port_in_clear)
{
    char to[64];
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int other = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    cr_assert_eq(bind(other, (struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(listen(other, 1), 0);
    getsockname(other, (struct sockaddr *)&at, &n);
    snprintf(to, sizeof to, "http://127.0.0.1:%d/", ntohs(at.sin_port));
    cr_expect_eq(fetch_by_way_of(to, NULL), ERR_UPSTREAM);
    cr_expect_eq(accept(other, NULL, NULL), -1, "nobody came");
    close(other);
}

/* The peer speaks no TLS: what is seen is that somebody came. */
Test(twilio, a_recording_may_lie_behind_another_port_of_the_apis_own_host)
{
    cr_expect_eq(fetch_by_way_of("https://127.0.0.1:PORT/", hang_up), ERR_UPSTREAM);
    cr_expect_eq(peer_connections, 2);
}
