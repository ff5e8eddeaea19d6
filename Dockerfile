# The three programs, each alone in its image. Where Docker is:
#
#   docker build --target api -t localhost/socrate-api:dev .
#
# Where it is not, kind-tests/scripts/build-images.sh builds the same programs and packs them.
FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
# Static, so that nothing else need be in the image; with a target named, build scripts stay dynamic.
ENV RUSTFLAGS="-C target-feature=+crt-static"
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --target x86_64-unknown-linux-gnu --package operator --package encoder-job --package api \
    && mkdir /programs \
    && cp target/x86_64-unknown-linux-gnu/release/operator target/x86_64-unknown-linux-gnu/release/encoder-job \
          target/x86_64-unknown-linux-gnu/release/api /programs/

FROM scratch AS operator
COPY --from=build /programs/operator /operator
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/operator"]

FROM scratch AS encoder-job
COPY --from=build /programs/encoder-job /encoder-job
USER 65532:65532
ENTRYPOINT ["/encoder-job"]

FROM scratch AS api
COPY --from=build /programs/api /api
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/api"]
