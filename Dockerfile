# The server in a small image: one binary, no shell, not root.
#
#   docker build -t variata .
#   docker run --rm -v variata:/data variata keys create 'phone app'
#   docker run -p 8080:8080 -v variata:/data variata
#
# Without a key the server refuses to listen where other machines can reach it.
FROM rust:1-slim-bookworm AS build
# SQLite comes along as C source.
RUN apt-get update && apt-get install --yes --no-install-recommends libc6-dev gcc
WORKDIR /source
COPY . .
RUN cargo build --release --locked --package variata-cli && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /source/target/release/variata /usr/local/bin/variata
# A named volume takes its owner from here.
COPY --from=build --chown=nonroot:nonroot /data /data
VOLUME /data
ENV VARIATA_LISTEN=0.0.0.0:8080 VARIATA_DATA=/data \
    VARIATA_LOG=info VARIATA_LOG_FORMAT=json
EXPOSE 8080
# There is no shell and no curl in here, so the binary asks itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["variata", "health"]
ENTRYPOINT ["variata"]
CMD ["serve"]
