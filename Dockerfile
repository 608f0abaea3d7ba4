# The `policy` command alone in an image: one static binary, no shell, not root.
#
# docker build -t policy .
# docker run --rm -v "$PWD/policies/fintech:/policy:ro" -p 8080:8080 policy serve /policy --simulate --listen 0.0.0.0:8080

FROM rust:1.95.0-alpine AS build
# The TLS library is built from C and assembly.
RUN apk add --no-cache build-base cmake musl-dev perl
WORKDIR /source
COPY . .
RUN cargo build --release --locked --bin policy \
 && cp target/release/policy /policy

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /policy /usr/local/bin/policy
USER nonroot:nonroot
EXPOSE 8080 9901
# Long enough for running exchanges to end.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/policy"]
CMD ["--help"]
