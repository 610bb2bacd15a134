#!/usr/bin/python3
"""The site beside a minimal Beast handler in the same run, in turns, with wrk.

Usage: web.py BUILD [SECONDS]
On SQLite, or on the database of EVERYFACE_E2E_DATABASE (BUILD/tests/with_postgres sets it).
Prints requests a second (median of three turns) and processor time a request, the slowest in a
hundred at 60 % of the top rate, what 500 slow clients beside change, resident memory, uploads of a
photo of 12 megapixels, and a download of 1 GB.
"""
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import web_person

PAUSE_MS = 12  # of a client between its requests, where many ask at a steady rate
TURNS = 3
UPLOADS = 7
MEGAPIXELS = 12
CONNECTIONS = 32
SLOW_CLIENTS = 500


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing answers on port {port}")


def wrk(port, path, seconds, connections=CONNECTIONS, headers=(), options=()):
    """Requests a second, and milliseconds of the median and of the 99th percentile."""
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *options,
                          *[part for header in headers for part in ("-H", header)],
                          f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True,
                         text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"{path}: {out}")

    def milliseconds(share):
        number, unit = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", out).groups()
        return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]

    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), milliseconds(50), milliseconds(99)


def many(port, path, rate, seconds):
    """The same where so many clients ask that together they come to the rate, each after a pause."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f"function delay() return {PAUSE_MS} end\n")
        script.flush()
        return wrk(port, path, seconds, max(1, round(rate * (PAUSE_MS + 1.2) / 1e3)),
                   options=["-s", script.name])


def resident_mb(pid, most=False):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{'VmHWM' if most else 'VmRSS'}:\s+(\d+)", status)[1]) / 1024


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def paced(port, path, rate, seconds):
    """The 99th percentile in milliseconds where requests come at a steady rate on few connections,
    each timed from when it was due, not from when it could be sent."""
    times = []
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    start = time.perf_counter()
    due, received = 0, b""
    while due < rate * seconds:
        at = start + due / rate
        while time.perf_counter() < at:
            pass
        connection.sendall(request)
        while True:
            received += connection.recv(1 << 20)
            end = received.find(b"\r\n\r\n")
            if end >= 0:
                length = int(re.search(rb"Content-Length: (\d+)", received)[1])
                if len(received) >= end + 4 + length:
                    received = received[end + 4 + length:]
                    break
        times.append((time.perf_counter() - at) * 1e3)
        due += 1
    return sorted(times)[int(len(times) * 0.99)]


def slow_clients(port, path):
    """Connections that have asked and read one byte now and then, and some that never finish asking."""
    clients = []
    for i in range(SLOW_CLIENTS):
        client = socket.create_connection(("127.0.0.1", port))
        whole = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        client.sendall((whole + ("\r\n" if i % 2 else "X: ")).encode())
        clients.append(client)
    return clients


def start(command, port, log):
    process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log)
    wait_for(port)
    return process


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1])
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    ports = [free_port() for _ in range(3)]
    processes = []
    with tempfile.TemporaryDirectory() as folder, open(pathlib.Path(folder, "log"), "w") as log:
        config = pathlib.Path(folder, "site.toml")
        database = os.environ.get("EVERYFACE_E2E_DATABASE", "")
        config.write_text(f"[data]\nfolder = '{folder}/data'\n"
                          f"[mail]\nfolder = '{folder}/mail'\n"
                          + (f"[database]\nurl = '{database}'\n" if database else "")
                          + "[limits]\nrate_network = '100000000/1'\n"
                          "connections_per_address = 10000\n")
        print(f"database: {'PostgreSQL' if database else 'SQLite'}; load average "
              f"{os.getloadavg()[0]:.1f}; {os.cpu_count()} cores")
        large = pathlib.Path(folder, "large")
        with open(large, "wb") as file:
            file.truncate(1 << 30)
        try:
            processes.append(start([build / "everyface", "serve", "--config", config, "--listen",
                                    f"127.0.0.1:{ports[0]}"], ports[0], log))
            page = len(urllib.request.urlopen(f"http://127.0.0.1:{ports[0]}/").read())
            processes.append(start([build / "bench/bench_web_peer", ports[1], page], ports[1], log))
            processes.append(start([build / "bench/bench_web_download", large, ports[2]], ports[2],
                                   log))
            person = web_person.Person(ports[0], f"{folder}/mail")
            person.join()
            requests(processes, ports, page, seconds, person)
            uploads(processes[0], person)
            slow(processes[0], ports[0], seconds)
            download(processes[2], ports[2])
        finally:
            for process in processes:
                process.terminate()
                process.wait()


def requests(processes, ports, page_bytes, seconds, person):
    signed_in = ["Cookie: " + "; ".join(f"{n}={v}" for n, v in person.cookies.items())]
    rows = [("minimal Beast handler", 1, "/", []), ("home page", 0, "/", []),
            ("releases, read at each request", 0, "/releases", []),
            ("own photos, signed in", 0, "/my/photos", signed_in),
            ("API: statistics", 0, "/api/v1/statistics", []),
            ("API: own photos", 0, "/api/v1/me/photos", [f"Authorization: Bearer {person.token}"]),
            ("asset", 0, "/robots.txt", []), ("health", 0, "/healthz", [])]
    results = {name: [] for name, _, _, _ in rows}
    for _ in range(TURNS):
        for name, which, path, headers in rows:
            before = processor_seconds(processes[which].pid)
            rate, middle, slowest = wrk(ports[which], path, seconds, headers=headers)
            used = (processor_seconds(processes[which].pid) - before) / (rate * seconds)
            results[name].append((rate, used * 1e6, middle, slowest))
    medians = {name: [statistics.median(run[i] for run in runs) for i in range(4)]
               for name, runs in results.items()}
    peer = medians["minimal Beast handler"][0]
    print(f"page of {page_bytes} bytes, {CONNECTIONS} connections, {TURNS} turns of {seconds} s, wrk "
          "on the same machine")
    print("| what | requests a second | beside the peer | processor time µs | median ms | p99 ms |")
    print("|---|---|---|---|---|---|")
    for name, (rate, used, middle, slowest) in medians.items():
        print(f"| {name} | {rate:.0f} | {rate / peer:.2f} | {used:.0f} | {middle:.2f} | "
              f"{slowest:.2f} |")
    top = medians["home page"][0]
    rate, _, slowest = many(ports[0], "/", 0.6 * top, seconds)
    print(f"page at {100 * rate / top:.0f} % of the top rate ({rate:.0f} a second): p99 "
          f"{slowest:.2f} ms")
    one = wrk(ports[0], "/", seconds, 1)[0]
    print(f"page at 60 % of what one connection gets ({one:.0f} a second): p99 "
          f"{paced(ports[0], '/', 0.6 * one, seconds):.2f} ms")


def uploads(site, person):
    """One after the other: decoded and measured in the sandbox, checked for one good face, compared
    with the others, stored."""
    times = []
    for photo in web_person.photos(UPLOADS, MEGAPIXELS):
        begin = time.perf_counter()
        person.upload(photo)
        times.append((time.perf_counter() - begin) * 1e3)
    print(f"upload of {MEGAPIXELS} megapixels: {statistics.median(times):.0f} ms "
          f"({min(times):.0f} to {max(times):.0f}); resident {resident_mb(site.pid):.0f} MB after")


def slow(site, port, seconds):
    before = resident_mb(site.pid)
    clients = slow_clients(port, "/")
    rate, _, slowest = wrk(port, "/", seconds)
    print(f"page beside {SLOW_CLIENTS} slow clients: {rate:.0f} a second, p99 {slowest:.2f} ms; "
          f"resident {before:.0f} MB before, {resident_mb(site.pid):.0f} MB with them")
    for client in clients:
        client.close()


def download(server, port):
    before = resident_mb(server.pid, most=True)
    begin = time.perf_counter()
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(f"GET /file HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    piece, received = bytearray(1 << 20), 0
    while got := client.recv_into(piece):
        received += got
    if received < 1 << 30:
        sys.exit(f"the download ended after {received} bytes")
    took = time.perf_counter() - begin
    print(f"download of 1 GB: {1024 / took:.0f} MB a second; resident at most {before:.0f} MB before, "
          f"{resident_mb(server.pid, most=True):.0f} MB after")


if __name__ == "__main__":
    main()
