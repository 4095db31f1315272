#!/usr/bin/env python3
"""A whole test station with a fixture of its own, in Python's standard library alone (docs/station.md, "A jig with a program of its own").

    FOGBELL_URL=http://192.0.2.2:8080 FOGBELL_STATION=fct-1 FOGBELL_STATION_TOKEN=... ./jig.py [--slot N] [SERIAL ...]

Without SERIAL it reads what a scanner types, line by line: serial numbers, and commands such as FB:OK. Results are on standard output,
what happens meanwhile on standard error. Exit status: 0 all passed, 1 not all passed, 2 the station is not set up.
"""
import argparse
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

SERVER = os.environ.get("FOGBELL_URL", "http://127.0.0.1:8080")
STATION = os.environ.get("FOGBELL_STATION", "fct-1")
TOKEN = os.environ.get("FOGBELL_STATION_TOKEN", "")


def measure(serial):
    """Your instruments go here: returns what the limits of the procedure judge. An exception ends the run as an error of the station."""
    return [{"name": "Vbat", "value": float(os.environ.get("VBAT", "3.3")), "unit": "V"}]


def test(serial, slot=None):
    """The station: scans, waits for the board, measures, and returns the ended run."""
    run = scan(serial, slot)
    while run["state"] != "ended":
        print(serial, run["state"], file=sys.stderr, flush=True)
        if run["state"] == "testing":
            try:
                figures, end = measure(serial), {}
            except Exception as error:
                figures, end = [], {"outcome": "error", "text": repr(error)[:1000]}
            finish(run, figures, end)
        run = later(run)
    return run


# ---------------------------------------------------------------- the requests


class Refused(Exception):
    """The server understood the request and refuses it. `problem` has `code`, `detail`, and for a scan `reason`."""

    def __init__(self, problem):
        super().__init__(problem.get("detail") or problem.get("title") or "refused")
        self.problem = problem


class Command(Exception):
    """What was scanned is a command for the station, and begins no run."""


def scan(text, slot=None):
    """The run that begins."""
    answer = post("/stations/%s/scan" % urllib.parse.quote(STATION, safe=""), {"text": text, **({"slot": slot} if slot else {})})
    if "state" in answer:
        return answer
    if answer["run"] and answer["kind"] == "ignored":
        return answer["run"]  # the scanner has read the label twice
    raise Command(answer["text"] or "ignored")


def later(run):
    """The run as soon as its state is another one, or as it is after 30 s."""
    return call("GET", "/runs/%s?wait=30&after=%s" % (run["id"], run["state"]))


def finish(run, figures, end):
    """Sends what was measured. The limits of the procedure judge it; `end` can only make the outcome worse."""
    try:
        if figures:
            post("/runs/%s/measurements" % run["id"], figures)
        post("/runs/%s/finish" % run["id"], end)
    except Refused as refused:
        if refused.problem.get("code") != "OTA_RUN_STATE":
            raise
        # It has ended meanwhile: an operator aborted it, or this very request ended it before the server was restarted.


def post(path, body):
    return call("POST", path, body, str(uuid.uuid4()))


def call(method, path, body=None, key=None):
    """Repeats the request, with the same key, until the server has answered: with a key it is done once, however often it is sent."""
    headers = {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(SERVER + "/api/v1" + path, data, headers, method=method)
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            if error.code != 429 and error.code < 500:
                raise Refused(json.loads(text) if text.startswith("{") else {"title": "%d: %s" % (error.code, text[:200])}) from None
            print("server: %d" % error.code, file=sys.stderr, flush=True)
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
            print("no server: %s" % error, file=sys.stderr, flush=True)
        time.sleep(0.5)


# ---------------------------------------------------------------- the program


def said(text, slot):
    """One line about what was scanned, and whether all is well."""
    try:
        run = test(text, slot)
    except Command as answer:
        return str(answer), True
    except Refused as refused:
        if refused.problem.get("code") != "OTA_SCAN_REFUSED":
            raise
        return "%s REFUSED %s %s" % (text, refused.problem["reason"], refused), False
    if run["outcome"] == "passed":
        return "%s PASS" % run["serial"], True
    return "%s %s %s %s" % (run["serial"], {"failed": "FAIL"}.get(run["outcome"], run["outcome"].upper()), run["code"], run["text"]), False


def main():
    parser = argparse.ArgumentParser(description="A test station with a fixture of its own.")
    parser.add_argument("--slot", type=int, help="the fixture position; by default the station chooses a free one")
    parser.add_argument("serial", nargs="*", help="what a scanner would read; by default it is read from standard input")
    given = parser.parse_args()
    scanned = given.serial or (line.strip() for line in iter(sys.stdin.readline, ""))
    is_well = True
    for text in scanned:
        if not text:
            continue
        try:
            line, is_good = said(text, given.slot)
        except Refused as refused:
            print("jig.py: %s" % refused, file=sys.stderr)
            return 2
        print(line, flush=True)
        is_well = is_well and is_good
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
