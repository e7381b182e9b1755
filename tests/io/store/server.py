"""A throwaway PostgreSQL on loopback; `HOTSPOT_POSTGRES` names another one to use, whose schema `hotspot` is wiped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import adbc_driver_postgresql.dbapi as driver


@contextmanager
def postgresql_url() -> Iterator[tuple[str | None, str]]:
    """Give a URL, or None and the reason."""
    named = os.environ.get("HOTSPOT_POSTGRES")
    if named:
        yield named, ""
        return
    tools = _tools()
    if tools is None:
        yield None, "initdb and pg_ctl are not installed, and HOTSPOT_POSTGRES is unset"
        return
    as_user = _as_user()
    if as_user is None:
        yield None, "PostgreSQL does not start as root, and there is no user postgres with runuser or setpriv"
        return
    folder = Path(tempfile.mkdtemp(prefix="hotspot-postgresql-"))
    try:
        if as_user:
            shutil.chown(folder, "postgres")
        yield _start(folder, tools, as_user), ""
    finally:
        _run([*as_user, tools["pg_ctl"], "-D", str(folder / "data"), "-m", "immediate", "-w", "stop"], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def wiped(url: str) -> str:
    """Empty the schema of a store; make PostGIS there where it can be."""
    with driver.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("drop schema if exists hotspot cascade")
        cursor.execute("select 1 from pg_available_extensions where name = 'postgis'")
        if cursor.fetchone():
            cursor.execute("create extension if not exists postgis")
    return url


def _tools() -> dict[str, str] | None:
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    path = os.pathsep.join([*map(str, places), os.environ.get("PATH", "")])
    found = {name: shutil.which(name, path=path) for name in ("initdb", "pg_ctl")}
    return {name: place for name, place in found.items() if place} if all(found.values()) else None


def _as_user() -> list[str] | None:
    """How to run as someone who is not root: nothing to add for others."""
    if os.geteuid() != 0:
        return []
    if subprocess.run(["id", "postgres"], capture_output=True).returncode:
        return None
    if shutil.which("runuser"):
        return ["runuser", "-u", "postgres", "--"]
    if shutil.which("setpriv"):
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
    return None


def _start(folder: Path, tools: dict[str, str], as_user: list[str]) -> str:
    data = str(folder / "data")
    _run([*as_user, tools["initdb"], "-D", data, "-A", "trust", "-U", "hotspot", "-E", "UTF8", "--no-sync"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c max_connections=20"
    _run([*as_user, tools["pg_ctl"], "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start"])
    return f"postgresql://hotspot@127.0.0.1:{port}/postgres"


def _run(command: list[str], *, check: bool = True) -> None:
    # pg_ctl leaves a server behind that would keep pipes open
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )
    if check and done.returncode:
        raise RuntimeError(f"{command[-1]} failed: exit {done.returncode} of {' '.join(command)}")
