/* A server's TLS context, its certificate made on the fly: for "broker.test" and 127.0.0.1. */
#pragma once
#include <openssl/ssl.h>

/* ca_file: a template of mkstemp()'s; it becomes the file of the authority that vouches for the certificate. */
SSL_CTX *certificate_context(char *ca_file);
