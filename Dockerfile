FROM python:3.11.15-slim-bookworm AS build
WORKDIR /build
COPY requirements-build.txt requirements-server.txt ./
# The environment of the server contains no pip and no build tools.
RUN pip install --no-cache-dir --require-hashes -r requirements-build.txt \
    && python -m venv --without-pip /opt/strongroom \
    && pip --python /opt/strongroom/bin/python install --no-cache-dir --require-hashes -r requirements-server.txt
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY protos protos
COPY client client
COPY server server
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir dist . \
    && pip --python /opt/strongroom/bin/python install --no-cache-dir --no-deps dist/*.whl

FROM python:3.11.15-slim-bookworm
# A new volume mounted on one of these directories takes over its owner.
RUN groupadd --system --gid 10001 strongroom \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent strongroom \
    && install --directory --owner=strongroom --group=strongroom --mode=0700 /var/lib/strongroom /var/lib/strongroom-root \
        /var/lib/strongroom-tls/authority /var/lib/strongroom-tls/server /var/lib/strongroom-tls/gateway \
    && install --directory --owner=strongroom --group=strongroom --mode=0755 /var/lib/strongroom-tls/database
COPY --from=build /opt/strongroom /opt/strongroom
ENV PATH=/opt/strongroom/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STRONGROOM_DATA_DIR=/var/lib/strongroom \
    STRONGROOM_HOST=0.0.0.0
USER 10001:10001
EXPOSE 50051 8080 8081
ENTRYPOINT ["strongroom-server"]
CMD ["serve"]
