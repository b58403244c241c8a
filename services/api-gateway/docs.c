/* The API's contract: for machines, and as a page. Both were made when this was built (tools/apidoc.py). */
#include "apidoc.h"
#include "files.h"
#include "routes.h"

enum err docs_yaml(struct req *r)
{
    return files_reply(r, "application/yaml", "default-src 'none'", API_YAML, API_YAML_N);
}

enum err docs_page(struct req *r)
{
    return files_reply(r, "text/html; charset=utf-8", API_PAGE_POLICY, API_PAGE, API_PAGE_N);
}
