# The server as an image that holds one static program, runs without root and writes to /data only:
#
#   docker build --tag skillatlas .
#   docker run --publish 127.0.0.1:8080:8080 --volume skillatlas:/data skillatlas
#
# docker-compose.yml runs two of them on MongoDB.

FROM golang:1.26 AS build
WORKDIR /src
# Before the sources, so that changing those does not download the modules again.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# Without C the program needs no libraries, and the image nothing but the program.
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /skillatlas ./server
RUN mkdir /data

FROM scratch
# For TLS to a database elsewhere.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /skillatlas /skillatlas
# A new volume takes its owner from the folder it covers.
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
# All addresses of the container; what is published of them is said when it is run.
ENV SKILLATLAS_LISTEN=0.0.0.0:8080 SKILLATLAS_DATA=/data
VOLUME /data
EXPOSE 8080
# There is no shell or curl, so the program asks. Where SKILLATLAS_LISTEN names another port, SKILLATLAS_SERVER must too.
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s CMD ["/skillatlas", "ready"]
ENTRYPOINT ["/skillatlas"]
