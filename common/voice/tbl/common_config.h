/* Rows that every service has. OPS_PORT_DEFAULT comes from the including config.tbl.h. */
CFG(bind_address, "BIND_ADDRESS", TEXT, "127.0.0.1", "address to listen on")
CFG(ops_port, "OPS_PORT", INT, OPS_PORT_DEFAULT, "port of /healthz, /readyz and /metrics; never public")
CFG(log_level, "LOG_LEVEL", TEXT, "info", "debug, info, warn or error")
CFG(drain_delay_ms, "DRAIN_DELAY_MS", INT, "0", "wait after SIGTERM before work is refused (load balancers)")
