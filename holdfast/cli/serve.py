"""`holdfast serve`: migrate, load the example on first start, serve the clinic in this process."""

from __future__ import annotations

import argparse
import datetime as dt
import errno
import os
import socket
import sys

from holdfast.cli.parser import EXIT_CODES
from holdfast.errors import ConfigurationError

EXAMPLE = "holdfast serve --port 8080"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the noun, which is its own verb."""
    parser.description = (
        "Brings the database up to date, loads the simulated example programme on first start, and serves the "
        "clinic until it is stopped. Writes the database and its secrets in the data folder (HOLDFAST_DATA)."
    )
    parser.epilog = f"example: {EXAMPLE}\n{EXIT_CODES}"
    parser.add_argument("--port", type=int, help="port to serve on; default HOLDFAST_PORT, or 8000")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; default this machine only")
    parser.add_argument("--without-example", action="store_true", help="make no demo accounts and no example programme")
    parser.set_defaults(run=serve, example=EXAMPLE)


def serve(arguments: argparse.Namespace) -> int:
    """Serve until stopped. The port is taken before anything is written, so that two starts do not meet."""
    from holdfast.facts import load

    port = port_asked(arguments.port)
    os.environ["HOLDFAST_PORT"] = str(port)  # the settings read the address people type from it
    listener = listening(arguments.host, port)
    with listener:
        load()  # faulty tables would fail every page; say so before anybody is told to sign in
        _prepare(with_example=not arguments.without_example)
        announce(arguments.host, port)
        return run(listener)


def port_asked(given: int | None) -> int:
    """The port of the option, else of the environment. Raises `ConfigurationError` where it is none."""
    from holdfast.clinic.config import paths

    port = paths.port() if given is None else given
    if not 1 <= port <= paths.HIGHEST_PORT:
        raise ConfigurationError(f"port {port} is not a port; give a number from 1 to {paths.HIGHEST_PORT}")
    return port


def listening(host: str, port: int) -> socket.socket:
    """A socket on the port. Raises `ConfigurationError` where it is taken or not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ConfigurationError(_port_sentence(host, port, error)) from None
    return listener


def _port_sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use, perhaps by another Holdfast; stop it, or choose another with HOLDFAST_PORT"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than you have; choose one above 1023 with HOLDFAST_PORT"
    return f"cannot listen on {host} port {port}: {error.strerror}"


def _prepare(*, with_example: bool) -> None:
    from holdfast.clinic.config.start import database_sentence, first_start, open_clinic

    open_clinic()
    if not with_example:
        return
    from django.db import Error

    try:
        first_start(now=dt.datetime.now(dt.UTC), progress=_progress)
    except Error as error:
        raise ConfigurationError(database_sentence(error)) from None


def _progress(done: int, everyone: int) -> None:
    if done == 1:
        print("First start: loading the example programme (simulated) ...", file=sys.stderr, flush=True)
    elif done == everyone:
        print("The example programme is loaded.", file=sys.stderr, flush=True)


def announce(host: str, port: int) -> None:
    """Say where it is and how to sign in."""
    from holdfast.clinic.config import paths
    from holdfast.clinic.config.start import sign_in_hint

    shown = f"[{host}]" if ":" in host else host
    print(f"Holdfast serves the clinic on http://{shown}:{port}")
    if paths.named_url():
        print(f"People reach it as {paths.named_url()}")
    print(sign_in_hint())
    print("Stop with Ctrl-C.", flush=True)


def run(listener: socket.socket) -> int:
    """Serve until stopped, alerts carried on meanwhile."""
    import uvicorn

    config = uvicorn.Config(
        "holdfast.clinic.config.asgi:application",
        lifespan="off",
        log_level="warning",
        access_log=False,  # a request line can carry a search
        server_header=False,
        timeout_graceful_shutdown=2,  # open live streams would hold the stop otherwise
    )
    from holdfast.clinic.alerts import watch
    from holdfast.clinic.courses import keeping
    from holdfast.clinic.expected_ranges import watch as ranges
    from holdfast.clinic.jobs import work

    stops = [watch.start(), keeping.start(), ranges.start(), work.start()]
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        for stop in stops:
            stop.set()
    return 0
