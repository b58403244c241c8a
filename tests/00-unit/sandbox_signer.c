/* The sandbox's own signer against vectors computed with a third implementation. */
#include "../../services/sandbox/params.c"
#include "../../services/sandbox/signer.c"
#include <criterion/criterion.h>
#include <stdio.h>

#define TOKEN "0123456789abcdef0123456789abcdef"
#define H     "https://voice.example.com"
#define CA1   "CA00000000000000000000000000000001"
#define AC1   "AC00000000000000000000000000000001"

TestSuite(sandbox_signer, .timeout = 10);

/* Pairs end with NULL. */
static void expect(const char *token, const char *url, const char *const *pairs,
                   const char *signature)
{
    char got[SIGNATURE_TEXT];
    struct params p = {.arena = arena_create(1 << 16)};
    for (; pairs && *pairs; pairs += 2)
        params_add(&p, pairs[0], pairs[1]);
    sign_request(token, url, pairs ? &p : NULL, got);
    cr_expect_str_eq(got, signature, "%s: %s", url, got);
    arena_destroy(p.arena);
}
#define VECTOR(url, signature, ...)                                                                \
    expect(TOKEN, url, (const char *const[]){__VA_ARGS__, NULL}, signature)

Test(sandbox_signer, signs_a_voice_request_and_a_status_callback)
{
    VECTOR(H "/webhooks/twilio/voice", "wW9yKRD/WrdPHYiUqCtLY4QPFrE=", "CallSid", CA1, "AccountSid",
           AC1, "From", "+15005550006", "To", "+15005550001", "CallStatus", "ringing", "ApiVersion",
           "2010-04-01", "Direction", "inbound");
    VECTOR(H "/webhooks/twilio/status?agent=a-1&leg=0", "MGPyTEGYfhB3fvCIEVmOv66ccAI=", "CallSid",
           CA1, "CallStatus", "completed", "CallDuration", "42", "Duration", "1", "SequenceNumber",
           "3", "CallbackSource", "call-progress-events", "Timestamp",
           "Fri, 20 Aug 2010 01:13:42 +0000");
}

Test(sandbox_signer, signs_bytes_beyond_ascii_and_empty_values)
{
    VECTOR(H "/webhooks/twilio/gather", "PiR49tBYalJEPDd1N8v3Qr6Se0E=", "CallSid", CA1,
           "SpeechResult", "S\xc3\xad, it's 3 & \xc2\xbd \xe2\x80\x94 ok?", "Confidence", "0.91",
           "Language", "en-US", "Empty", "");
    VECTOR(H "/webhooks/twilio/voice", "0J1Rf1akXn1OFSGQWLGM7nAGAYU=", "From", "+15005550006",
           "SpeechResult", "a b");
    VECTOR(H "/f", "svxMIvfipxZs2mZxw5AvJZO1nA0=", "SpeechResult", "  hi  ");
}

Test(sandbox_signer, sorts_by_byte_and_counts_a_repeated_pair_once)
{
    VECTOR(H "/x", "AFqfnawuDnkFwFVhnA0N9pCyglY=", "Digits", "5678", "Digits", "1234", "Digits",
           "1234", "Sid", "CA123", "SidAccount", "AC123", "a", "lower", "Z", "upper",
           "ReasonConferenceEnded", "r", "Reason", "p");
    expect("12345", "https://mycompany.com/myapp.php?foo=1&bar=2",
           (const char *const[]){"CallSid", "CA1234567890ABCDE", "Caller", "+14158675309", "Digits",
                                 "1234", "From", "+14158675309", "To", "+18005551212", NULL},
           "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
}

Test(sandbox_signer, keeps_the_port_as_it_was_requested)
{
    VECTOR("http://voice.example.com:8080/webhooks/twilio/voice",
           "S6SUp1xBTLZ4LHEr8ZCTM4ejcTU=", "CallSid", CA1);
    VECTOR("https://voice.example.com:443/webhooks/twilio/voice",
           "1Kp9sps/lD4YQCBHhlLCVQJwGG0=", "CallSid", CA1);
    VECTOR(H "/webhooks/twilio/voice", "+ETZ6/ldFhpyIy8DocI60K/q2KY=", "CallSid", CA1);
    VECTOR("https://user:pass@voice.example.com/webhooks/twilio/voice",
           "w0Pq8llWtqkynb0rivxIh3DvJyY=", "CallSid", CA1);
}

Test(sandbox_signer, signs_a_get_by_its_url_alone_and_never_a_fragment)
{
    const char *get =
        H "/webhooks/twilio/voice?CallSid=" CA1 "&From=%2B15005550006&CallStatus=ringing";
    expect(TOKEN, get, NULL, "Y7AT0ITnrbRaqrQp9NGmK0uIkTk=");
    char fragment[300];
    snprintf(fragment, sizeof fragment, "%s#rc=2&rp=all", get);
    expect(TOKEN, fragment, NULL, "Y7AT0ITnrbRaqrQp9NGmK0uIkTk=");
    expect(TOKEN, "wss://voice.example.com/media", NULL, "ttk+kVY3Kdi/BWVnuJguRoi2Bjs=");
}

Test(sandbox_signer, encodes_a_form_as_a_telephone_network_does)
{
    struct params p = {.arena = arena_create(1 << 16)};
    params_add(&p, "From", "+1 & \xc3\xad");
    params_add(&p, "Empty", "");
    params_add(&p, "Absent", NULL);
    cr_expect_str_eq(params_form(p.arena, &p), "From=%2B1+%26+%C3%AD&Empty=");
    arena_destroy(p.arena);
}
