/** @file describe.h
 * A call in the words of the sockets API, as a programmer would write it. */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "harness.h"

/** `recv(4, 4096) = 5 "hello"`; without its result when `with_result` is
 * false or it has not returned. */
const char *describe_call(const struct call_record *r, bool with_result);
/** The host part of an IPv4 or IPv6 address: `127.0.0.1`, `::1`. */
const char *describe_host(const void *addr);
/** A socket address as `127.0.0.1:80`, `[::1]:80` or a path. */
const char *describe_address(const void *addr, size_t n);

#endif
