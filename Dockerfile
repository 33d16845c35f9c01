# The server in a small image: one binary, no shell, not root.
#
#   docker build -t variata .
#   docker run --rm -v variata:/data variata keys create 'phone app'
#   docker run -p 8080:8080 -v variata:/data variata
#
# Without a key the server refuses to listen where other machines can reach it.
FROM rust:1-slim-bookworm AS build
WORKDIR /source
COPY . .
# What was downloaded and built stays for the next build, and never comes into an image. The compiler
# of C that SQLite takes is the one that Rust links with.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --package variata-cli && \
    mkdir /data && cp target/release/variata /usr/local/bin/

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="variata" \
      org.opencontainers.image.description="OpenAI's image-variation endpoint, self-hosted" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /usr/local/bin/variata /usr/local/bin/variata
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
