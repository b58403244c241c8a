#include "certificate.h"
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static X509 *certificate(EVP_PKEY *key, const char *name, const char *san, X509 *issuer,
                         EVP_PKEY *by)
{
    X509 *x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), issuer ? 2 : 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer : x));
    X509_set_pubkey(x, key);
    X509_EXTENSION *ext =
        X509V3_EXT_conf_nid(NULL, NULL, san ? NID_subject_alt_name : NID_basic_constraints,
                            san ? san : "critical,CA:TRUE");
    X509_add_ext(x, ext, -1);
    X509_EXTENSION_free(ext);
    X509_sign(x, by, EVP_sha256());
    return x;
}

SSL_CTX *certificate_context(char *ca_file)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *ca = certificate(ca_key, "test ca", NULL, NULL, ca_key);
    X509 *own = certificate(key, "broker", "DNS:broker.test,IP:127.0.0.1", ca, ca_key);
    FILE *f = fdopen(mkstemp(ca_file), "w");
    PEM_write_X509(f, ca);
    fclose(f);

    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(ctx, own);
    SSL_CTX_use_PrivateKey(ctx, key);
    X509_free(ca);
    X509_free(own);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    return ctx;
}
