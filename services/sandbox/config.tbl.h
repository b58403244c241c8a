#define OPS_PORT_DEFAULT "9090"
#include "voice/tbl/common_config.h"
#undef OPS_PORT_DEFAULT
CFG(port, "PORT", INT, "8090", "port of both APIs and of the control API")
CFG(account, "TWILIO_ACCOUNT_SID", TEXT, "AC00000000000000000000000000000001", "the one account")
CFG(token, "TWILIO_AUTH_TOKEN", SECRET, "sandbox-token-0123456789abcdef00",
    "its token; signs every webhook")
CFG(speed, "SANDBOX_SPEED", INT, "1",
    "how much faster than life people ring, speak and listen (1 to 1000)")
CFG(cps, "SANDBOX_CPS", INT, "1", "calls the account may start per second; more are queued")
CFG(ledger, "SANDBOX_LEDGER", TEXT, "",
    "file to which every accepted request is appended and synced")
CFG(state, "SANDBOX_STATE", TEXT, "",
    "file that keeps the owned numbers over a restart; empty: none does")
CFG(scripts, "SANDBOX_SCRIPTS", TEXT, "tests/scripts", "folder of the people's scripts (*.json)")
CFG(url, "SANDBOX_URL", TEXT, "",
    "origin of this process in the addresses it gives out; empty: http://127.0.0.1:PORT")
