# docker build --tag daybook .
# docker run --env-file .env --publish 127.0.0.1:8501:8501 daybook       (compose.yaml brings a database along)

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

COPY .ci/poetry.txt /build/.ci/poetry.txt
RUN python -m venv /opt/poetry \
 && /opt/poetry/bin/pip install --no-deps --require-hashes --requirement /build/.ci/poetry.txt

# The packages come before the code: they change less often.
WORKDIR /build
COPY pyproject.toml poetry.lock ./
RUN /opt/poetry/bin/poetry export --output requirements.txt \
 && python -m venv /opt/daybook \
 && /opt/daybook/bin/pip install --no-deps --require-hashes --requirement requirements.txt

COPY . .
RUN /opt/poetry/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && /opt/daybook/bin/pip install --no-deps dist/*.whl \
 && /opt/daybook/bin/python -P -m dashboard.pressing


FROM python:3.13-slim
RUN groupadd --system --gid 10001 daybook \
 && useradd --system --uid 10001 --gid daybook --home-dir /var/lib/daybook --create-home daybook
COPY --from=build /opt/daybook /opt/daybook

ENV PATH=/opt/daybook/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DAYBOOK_HOME=/var/lib/daybook \
    DAYBOOK_PORT=8501

USER 10001:10001
WORKDIR /var/lib/daybook
# Keys that Daybook makes for itself, and the database itself where DATABASE_URL names none.
VOLUME /var/lib/daybook
EXPOSE 8501
STOPSIGNAL SIGTERM

# The first start loads the sample data, which takes a while.
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"DAYBOOK_PORT\"]}/healthz', timeout=4)"]

ENTRYPOINT ["daybook"]
CMD ["up", "--host", "0.0.0.0"]
