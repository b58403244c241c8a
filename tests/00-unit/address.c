#include "io/address.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>

TestSuite(address, .timeout = 10);

static bool public(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return address_is_public((struct sockaddr *)&v4);
    cr_assert_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1, "%s", text);
    return address_is_public((struct sockaddr *)&v6);
}

Test(address, what_only_means_something_in_here_is_not_public)
{
    static const char *const inward[] = {
        "0.0.0.0",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "fe80::1",
        "fc00::1",
        "fd12:3456::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "::ffff:127.0.0.1",
        "::ffff:10.1.2.3",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a00:1::1",
    };
    for (size_t i = 0; i < sizeof inward / sizeof *inward; i++)
        cr_expect_not(public(inward[i]), "%s", inward[i]);
}

Test(address, what_lies_beside_it_is)
{
    static const char *const outward[] = {
        "1.1.1.1",          "9.255.255.255",   "11.0.0.0",       "100.63.255.255",
        "100.128.0.0",      "126.255.255.255", "128.0.0.1",      "169.253.255.255",
        "169.255.0.0",      "172.15.255.255",  "172.32.0.0",     "192.0.1.1",
        "192.167.255.255",  "192.169.0.0",     "198.17.255.255", "198.20.0.0",
        "223.255.255.255",  "2606:4700::1111", "3fff::1",        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1", "2002:101:101::1",
    };
    for (size_t i = 0; i < sizeof outward / sizeof *outward; i++)
        cr_expect(public(outward[i]), "%s", outward[i]);
}

Test(address, no_other_family_is_public)
{
    struct sockaddr a = {.sa_family = AF_UNIX};
    cr_expect_not(address_is_public(&a));
}

Test(address, equal_addresses_have_equal_bytes_and_one_text)
{
    static const char *const same[][2] = {{"192.0.2.7", "192.0.2.7"},
                                          {"::ffff:192.0.2.7", "192.0.2.7"},
                                          {" \t192.0.2.7 ", "192.0.2.7"},
                                          {"2001:DB8:0:0:0::7", "2001:db8::7"}};
    char text[INET6_ADDRSTRLEN];
    struct in6_addr a;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        cr_assert(address_read(same[i][0], strlen(same[i][0]), &a), "%s", same[i][0]);
        address_write(&a, text);
        cr_expect_str_eq(text, same[i][1]);
    }
}

Test(address, a_list_is_read_whole_or_not_at_all)
{
    struct in6_addr out[3];
    cr_expect_eq(address_read_list("", out, 3), 0);
    cr_expect_eq(address_read_list("192.0.2.7", out, 3), 1);
    cr_expect_eq(address_read_list("192.0.2.7, 2001:db8::7,::1", out, 3), 3);
    cr_expect_eq(address_read_list("::1,::2,::3,::4", out, 3), -1);
    cr_expect_eq(address_read_list("192.0.2.7,", out, 3), -1);
    cr_expect_eq(address_read_list("192.0.2.7;::1", out, 3), -1);
    cr_expect_eq(address_read_list("localhost", out, 3), -1);
    cr_expect_eq(address_read_list("10.0.0.0/8", out, 3), -1);
}
