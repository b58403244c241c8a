/*
 * Addresses. Equal ones have equal bytes: an IPv4 address is its mapped IPv6 form (::ffff:192.0.2.7).
 *
 *     struct in6_addr a;
 *     if (!address_read(text, strlen(text), &a)) ... neither IPv4 nor IPv6 ...
 */
#pragma once
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

bool address_read(const char *text, size_t n, struct in6_addr *out); /* blanks around it are fine */
/* "192.0.2.7, 2001:db8::7": how many, 0 for "". -1: not such a list, or more than max. */
int address_read_list(const char *text, struct in6_addr *out, int max);
void address_write(const struct in6_addr *a, char out[INET6_ADDRSTRLEN]); /* IPv4 as 192.0.2.7 */

/*
 * Is it on the open Internet, or does it only mean something in here: loopback, private, link-local,
 * shared, multicast, reserved, unspecified? For connections to where others point us. IPv6 forms that
 * carry an IPv4 address (mapped, NAT64, 6to4) are what that address is.
 */
bool address_is_public(const struct sockaddr *a);
