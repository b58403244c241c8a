/* Published vectors: FIPS 180, RFC 2202 (HMAC-SHA1), RFC 4231 (HMAC-SHA256), RFC 4648 (base64). */
#include "io/crypto.h"
#include "base/scope.h"
#include "io/password.h"
#include "loop/loop.h"
#include "loop/task.h"
#include <criterion/criterion.h>
#include <string.h>

TestSuite(crypto, .timeout = 30);

static void expect_hex(const uint8_t *p, size_t n, const char *expected)
{
    char hex[2 * SHA256_SIZE + 1];
    hex_encode(p, n, hex);
    cr_expect_str_eq(hex, expected);
}

Test(crypto, sha256_gives_the_published_digests)
{
    uint8_t out[SHA256_SIZE];
    sha256("abc", 3, out);
    expect_hex(out, sizeof out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256(NULL, 0, out);
    expect_hex(out, sizeof out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

Test(crypto, hmac_sha1_gives_the_rfc_2202_results)
{
    uint8_t out[SHA1_SIZE], key[80];
    memset(key, 0x0b, 20);
    hmac_sha1(key, 20, "Hi There", 8, out);
    expect_hex(out, sizeof out, "b617318655057264e28bc0b6fb378c8ef146be00");
    hmac_sha1("Jefe", 4, "what do ya want for nothing?", 28, out);
    expect_hex(out, sizeof out, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    memset(key, 0xaa, 80);
    hmac_sha1(key, 80, "Test Using Larger Than Block-Size Key - Hash Key First", 54, out);
    expect_hex(out, sizeof out, "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

Test(crypto, hmac_sha256_gives_the_rfc_4231_results)
{
    uint8_t out[SHA256_SIZE], key[131], data[50];
    memset(key, 0x0b, 20);
    hmac_sha256(key, 20, "Hi There", 8, out);
    expect_hex(out, sizeof out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, out);
    expect_hex(out, sizeof out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, 20);
    memset(data, 0xdd, 50);
    hmac_sha256(key, 20, data, 50, out);
    expect_hex(out, sizeof out, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    memset(key, 0xaa, 131);
    hmac_sha256(key, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54, out);
    expect_hex(out, sizeof out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static const struct {
    const char *plain, *text;
} rfc4648[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"}};

Test(crypto, base64_goes_there_and_back)
{
    char text[16];
    uint8_t plain[16];
    for (size_t i = 0; i < sizeof rfc4648 / sizeof *rfc4648; i++) {
        size_t n = strlen(rfc4648[i].plain);
        cr_expect_eq(base64_encode(rfc4648[i].plain, n, text), strlen(rfc4648[i].text));
        cr_expect_str_eq(text, rfc4648[i].text);
        cr_expect_eq(base64_decode(text, strlen(text), plain), (long)n);
        cr_expect_arr_eq(plain, rfc4648[i].plain, n);
    }
}

Test(crypto, base64url_has_no_padding_and_its_own_last_two_letters)
{
    char text[16];
    base64url_encode("\xfb\xff\xfe\xff", 4, text);
    cr_expect_str_eq(text, "-__-_w");
}

Test(crypto, base64_decode_takes_nothing_but_the_exact_text)
{
    static const char *const bad[] = {"Zg",   "Zg=",    "Zg===",  "Z===",     "====", "Zh==",
                                      "Zm9=", "Zm9v\n", "Zm 9v=", "Zg==Zg==", "-__-", "Zm9vYg==="};
    uint8_t out[16];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_eq(base64_decode(bad[i], strlen(bad[i]), out), -1, "%s", bad[i]);
}

Test(crypto, random_bytes_differ)
{
    uint8_t a[16], b[16];
    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    cr_expect_not(equal_const_time(a, b, sizeof a));
    cr_expect(equal_const_time(a, a, sizeof a));
}

static struct scope s;

static bool right(const char *password, const char *hash)
{
    bool is;
    cr_expect_eq(await_password_verify(&s, password, hash, &is), OK);
    return is;
}

static void check_passwords(void *arg)
{
    (void)arg;
    char one[PASSWORD_HASH_TEXT], two[PASSWORD_HASH_TEXT];
    cr_expect_eq(await_password_hash(&s, "correct horse", one), OK);
    cr_expect_eq(await_password_hash(&s, "correct horse", two), OK);
    cr_expect(strncmp(one, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0, "%s", one);
    cr_expect_str_neq(one, two, "the salt makes every hash another one");
    cr_expect(right("correct horse", one));
    cr_expect(right("correct horse", two));
    cr_expect_not(right("correct horsf", one));
    cr_expect_not(right("", one));
    cr_expect_not(right("correct horse", "not a hash"));
    cr_expect_not(right("correct horse", NULL));
    loop_stop();
}

static void run_tasks(task_fn *fn, int n)
{
    scope_init(&s, 60000);
    loop_open();
    for (int i = 0; i < n; i++)
        task_spawn("password", fn, NULL);
    loop_run();
    loop_close();
    scope_fini(&s);
}

Test(crypto, a_password_is_known_by_its_hash_only)
{
    run_tasks(check_passwords, 1);
}

/* Four at work and a hundred who wait. */
#define PLACES 104
static int crowd, let_in, sent_away;

static void log_in(void *arg)
{
    (void)arg;
    bool is;
    enum err e = await_password_verify(&s, "secret", "not a hash", &is);
    let_in += e == OK;
    sent_away += e == ERR_BUSY;
    if (!--crowd)
        loop_stop();
}

Test(crypto, a_crowd_waits_its_turn_and_who_comes_then_is_sent_away)
{
    crowd = PLACES + 3;
    run_tasks(log_in, crowd);
    cr_expect_eq(let_in, PLACES);
    cr_expect_eq(sent_away, 3);
    cr_expect_str_eq(s.fault.message, "too many passwords at once; try again in a moment");
}
