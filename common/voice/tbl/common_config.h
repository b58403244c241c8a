/* Rows that every service has. OPS_PORT_DEFAULT comes from the including config.tbl.h. */
CFG(bind_address, "BIND_ADDRESS", TEXT, "127.0.0.1", "address to listen on")
CFG(ops_port, "OPS_PORT", INT, OPS_PORT_DEFAULT, "port of /healthz, /readyz and /metrics; never public")
CFG(log_level, "LOG_LEVEL", TEXT, "info", "debug, info, warn or error")
CFG(otlp_endpoint, "OTEL_EXPORTER_OTLP_ENDPOINT", TEXT, "", "a collector of traces, OTLP over HTTP, e.g. http://127.0.0.1:4318; empty: none")
CFG(otlp_headers, "OTEL_EXPORTER_OTLP_HEADERS", SECRET, "", "headers for it: name=value,...")
CFG(otlp_ratio, "OTEL_TRACES_SAMPLER_ARG", TEXT, "1", "share of the traces that are kept, 0 to 1")
CFG(otlp_attributes, "OTEL_RESOURCE_ATTRIBUTES", TEXT, "", "what else is said of this process: name=value,...")
CFG(drain_delay_ms, "DRAIN_DELAY_MS", INT, "0", "wait after SIGTERM before work is refused (load balancers)")
