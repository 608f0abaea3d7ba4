# The `policy` command alone in an image: one static binary, no shell, not root.
#
# docker build -t policy .
# docker run --rm -v "$PWD/policies/fintech:/policy:ro" -p 8080:8080 policy serve /policy --simulate --listen 0.0.0.0:8080

FROM rust:1.95.0-slim-bookworm AS build
# The TLS library and the stack guard are C and assembly, and must be built for the same C library.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends binutils ca-certificates musl-tools \
 && rm -rf /var/lib/apt/lists/*
# The toolchain that the image has, without the components that only people need.
ENV RUSTUP_TOOLCHAIN=1.95.0
RUN rustup target add "$(uname -m)-unknown-linux-musl"
WORKDIR /source
COPY . .
RUN target="$(uname -m)-unknown-linux-musl" \
 && cargo build --release --locked --bin policy --target "$target" \
 && strip --strip-debug -o /policy "target/$target/release/policy"

FROM scratch
# Whom to trust upstream.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /policy /usr/local/bin/policy
USER 65532:65532
EXPOSE 8080 9901
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/policy"]
CMD ["--help"]
