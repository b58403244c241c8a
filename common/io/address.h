/*
 * Is an address on the open Internet, or one that only means something in here: loopback, private,
 * link-local, shared, multicast, reserved, unspecified? For connections to where others point us.
 *
 *     if (!address_is_public(found->ai_addr)) ... refuse ...
 *
 * IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4) are what that address is.
 */
#pragma once
#include <stdbool.h>
#include <sys/socket.h>

bool address_is_public(const struct sockaddr *a);
