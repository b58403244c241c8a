# One target per executable: docker build --target api-gateway . ; docker-compose.yml names them all.
#
# An image is Debian's slim base, the libraries its process is linked with, and the executable; nothing runs as root,
# nothing is written outside /tmp and the volumes, no shell or other program is needed. Builds with and without BuildKit.
ARG BASE=debian:bookworm-slim
ARG NODE=node:20-bookworm-slim
ARG DBMATE=amacneil/dbmate:2

FROM ${BASE} AS build
# Before anything is installed: what every image has anyway.
RUN find /usr/lib -name '*.so*' | sort >/base-libs
COPY tools/lib/install.sh /src/tools/lib/
RUN bash -c '. /src/tools/lib/install.sh && apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    --no-install-recommends install "${BUILD_PACKAGES[@]}" ca-certificates && rm -rf /var/lib/apt/lists/*'
COPY CMakeLists.txt CMakePresets.json /src/
COPY tools/*.py /src/tools/
COPY tools/lib/dashboard.sh /src/tools/lib/
COPY proto /src/proto
COPY migrations /src/migrations
COPY tests/bench /src/tests/bench
COPY common /src/common
COPY services /src/services
ARG JOBS=
RUN mkdir -p /src/build/dashboard && bash -c 'ROOT=/src && . /src/tools/lib/dashboard.sh && dashboard_contract'
RUN cd /src && cmake --preset release && ninja -C build/release ${JOBS:+-j $JOBS}
COPY tools/image_parts.sh /src/tools/
RUN bash /src/tools/image_parts.sh /src/build/release/bin /out /base-libs

FROM ${NODE} AS page
COPY services/dashboard /src/services/dashboard
COPY tools/lib/dashboard.sh /src/tools/lib/
COPY --from=build /src/build/dashboard/openapi.yaml /src/build/dashboard/
RUN bash -c 'ROOT=/src && . /src/tools/lib/dashboard.sh && dashboard_site'

# ---- layers that the images share ----

FROM ${BASE} AS core
COPY --from=build /out/core/ /
ENV BIND_ADDRESS=0.0.0.0 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532:65532

FROM core AS db
COPY --from=build /out/db/ /

# ---- the services ----

FROM core AS webhook-ingestor
COPY --from=build /out/webhook-ingestor/ /
EXPOSE 8081 9081
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["/usr/local/bin/webhook-ingestor", "--healthcheck"]
ENTRYPOINT ["/usr/local/bin/webhook-ingestor"]

FROM db AS stats-aggregator
COPY --from=build /out/stats-aggregator/ /
EXPOSE 9084
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["/usr/local/bin/stats-aggregator", "--healthcheck"]
ENTRYPOINT ["/usr/local/bin/stats-aggregator"]

FROM db AS call-dialer
COPY --from=build /out/call-dialer/ /
EXPOSE 9082
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["/usr/local/bin/call-dialer", "--healthcheck"]
ENTRYPOINT ["/usr/local/bin/call-dialer"]

FROM db AS ai-pipeline
COPY --from=build /out/ai-pipeline/ /
EXPOSE 8083 9083
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["/usr/local/bin/ai-pipeline", "--healthcheck"]
ENTRYPOINT ["/usr/local/bin/ai-pipeline"]

FROM db AS api-gateway
COPY --from=build /out/api-gateway/ /
COPY --from=page /src/build/dashboard/site/ /usr/share/voice/dashboard/
ENV DASHBOARD_DIR=/usr/share/voice/dashboard
EXPOSE 8080 9080
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["/usr/local/bin/api-gateway", "--healthcheck"]
ENTRYPOINT ["/usr/local/bin/api-gateway"]

# ---- tools ----

FROM db AS va-user
COPY --from=build /out/va-user/ /
ENTRYPOINT ["/usr/local/bin/va-user"]

FROM db AS va-dead
COPY --from=build /out/va-dead/ /
ENTRYPOINT ["/usr/local/bin/va-dead"]

FROM db AS sandbox
COPY --from=build /out/sandbox/ /
COPY tests/scripts/ /usr/share/voice/scripts/
ENV SANDBOX_SCRIPTS=/usr/share/voice/scripts
EXPOSE 8090 9090
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["/usr/local/bin/sandbox", "--healthcheck"]
ENTRYPOINT ["/usr/local/bin/sandbox"]

# dbmate and what it applies; ends when the database is up to date.
FROM ${DBMATE} AS migrations
COPY migrations/ /db/migrations/
ENV DBMATE_NO_DUMP_SCHEMA=true
CMD ["--wait", "up"]
