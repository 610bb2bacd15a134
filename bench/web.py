#!/usr/bin/python3
"""The site beside a minimal Beast handler in the same run, in turns, with wrk.

Usage: web.py PROGRAM PEER [SECONDS]
PROGRAM is everyface, PEER is bench_web_peer. Prints requests a second (median of three turns), the
times of the middle and of the slowest in a hundred at 60 % of the top rate, the resident memory, the
same beside 500 slow clients, and a download of 1 GB.
"""
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

TURNS = 3
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


def wrk(port, path, seconds, connections=CONNECTIONS):
    """Requests a second, and milliseconds of the median and of the 99th percentile."""
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
                          f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True,
                         text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"{path}: {out}")

    def milliseconds(share):
        number, unit = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", out).groups()
        return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]

    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), milliseconds(50), milliseconds(99)


def resident_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


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


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    program, peer = sys.argv[1:3]
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    site_port, peer_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "site.toml")
        config.write_text(f"[data]\nfolder = '{folder}/data'\n[limits]\nrate_network = '100000000/1'\n"
                          "connections_per_address = 10000\n")
        with open(pathlib.Path(folder, "log"), "w") as log:
            site = subprocess.Popen([program, "serve", "--config", config, "--listen",
                                     f"127.0.0.1:{site_port}"], stdout=log, stderr=log)
        processes = [site]
        try:
            wait_for(site_port)
            page = urllib.request.urlopen(f"http://127.0.0.1:{site_port}/").read()
            other = subprocess.Popen([peer, str(peer_port), str(len(page))])
            processes.append(other)
            wait_for(peer_port)
            measure(site, site_port, other, peer_port, len(page), seconds)
        finally:
            for process in processes:
                process.terminate()
                process.wait()


def measure(site, site_port, other, peer_port, page_bytes, seconds):
    rows = [("minimal Beast handler", peer_port, "/"), ("page", site_port, "/"),
            ("asset", site_port, "/robots.txt"), ("health", site_port, "/healthz")]
    results = {name: [] for name, _, _ in rows}
    for _ in range(TURNS):
        for name, port, path in rows:
            results[name].append(wrk(port, path, seconds))
    top = {name: statistics.median(r[0] for r in runs) for name, runs in results.items()}
    print(f"page of {page_bytes} bytes, {CONNECTIONS} connections, {TURNS} turns of {seconds} s, wrk on "
          "the same machine")
    print("| what | requests a second | beside the peer | median ms | p99 ms |")
    print("|---|---|---|---|---|")
    for name, runs in results.items():
        median = [statistics.median(r[i] for r in runs) for i in (1, 2)]
        print(f"| {name} | {top[name]:.0f} | {top[name] / top['minimal Beast handler']:.2f} | "
              f"{median[0]:.2f} | {median[1]:.2f} |")
    one = wrk(site_port, "/", seconds, 1)[0]
    print(f"page at 60 % of what one connection gets ({one:.0f}/s): p99 "
          f"{paced(site_port, '/', 0.6 * one, seconds):.2f} ms")
    before = resident_mb(site.pid)
    clients = slow_clients(site_port, "/")
    rate, _, slowest = wrk(site_port, "/", seconds)
    print(f"page beside {SLOW_CLIENTS} slow clients: {rate:.0f}/s, p99 {slowest:.2f} ms; resident "
          f"{before:.0f} MB before, {resident_mb(site.pid):.0f} MB with them")
    for client in clients:
        client.close()


if __name__ == "__main__":
    main()
