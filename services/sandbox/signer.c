#include "signer.h"
#include "base/buf.h"
#include "io/crypto.h"
#include <stdlib.h>
#include <string.h>

/* strcmp compares as unsigned bytes, which is the order wanted: "Reason" < "ReasonConferenceEnded". */
static int by_name_then_value(const void *a, const void *b)
{
    const struct param *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->value, y->value);
}

static void append_sorted(struct buf *data, const struct params *params)
{
    struct param sorted[PARAMS_MAX];
    memcpy(sorted, params->list, params->n * sizeof *sorted);
    qsort(sorted, params->n, sizeof *sorted, by_name_then_value);
    for (size_t i = 0; i < params->n; i++) {
        if (i && by_name_then_value(&sorted[i], &sorted[i - 1]) == 0)
            continue; /* the same name with the same value counts once */
        buf_puts(data, sorted[i].name);
        buf_puts(data, sorted[i].value);
    }
}

void sign_request(const char *token, const char *url, const struct params *params,
                  char out[SIGNATURE_TEXT])
{
    struct buf data = BUF(512 * 1024);
    buf_put(&data, url, strcspn(url, "#"));
    if (params && params->n)
        append_sorted(&data, params);
    uint8_t mac[SHA1_SIZE];
    hmac_sha1(token, strlen(token), data.p, data.n, mac);
    base64_encode(mac, sizeof mac, out);
    buf_free(&data);
}
