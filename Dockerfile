# The `policy` command alone in an image: one static binary, no shell, not root.
#
# docker build -t policy .
# docker run --rm -v "$PWD/policies/fintech:/policy:ro" -p 8080:8080 policy serve /policy --simulate --listen 0.0.0.0:8080

FROM rust:1.95.0-alpine AS build
# The TLS library is built from C and assembly.
RUN apk add --no-cache build-base ca-certificates cmake musl-dev perl
WORKDIR /source
COPY . .
RUN cargo build --release --locked --bin policy \
 && cp target/release/policy /policy

FROM scratch
# Whom to trust upstream.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /policy /usr/local/bin/policy
USER 65532:65532
EXPOSE 8080 9901
# Long enough for running exchanges to end.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/policy"]
CMD ["--help"]
