#!/usr/bin/env python3
"""The station of jig.py, driven from OpenHTF: Fogbell updates and identifies the board, the phases measure, and the limits of the
procedure judge what they measured. OpenHTF can make the outcome worse, and not better. Needs `pip install openhtf`, and jig.py beside it.
"""
import sys

import openhtf as htf

import jig

station = {"run": None}


def board(test):
    """Waits until the board is there and runs its version."""
    run = station["run"]
    while run["state"] not in ("testing", "ended"):
        test.logger.info("%s: %s", run["serial"], run["state"])
        station["run"] = run = jig.later(run)
    if run["state"] == "ended":
        test.logger.error("%s: %s", run["code"], run["text"])
        return htf.PhaseResult.STOP
    return htf.PhaseResult.CONTINUE


@htf.measures(htf.Measurement("Vbat").in_range(3.1, 3.5).doc("Of the battery, in volts."))
def supply(test):
    test.measurements.Vbat = 3.3  # your instrument


def measured(record):
    """All plain values that the phases have set."""
    found = [(name, each.measured_value) for phase in record.phases for name, each in (phase.measurements or {}).items()]
    values = [(name, value.value) for name, value in found if value.is_value_set]
    return [{"name": name, "value": value} for name, value in values if isinstance(value, (bool, int, float, str))]


def to_fogbell(record):
    """An output callback: OpenHTF calls it with the record of each test that has ended, however it ended."""
    run = station["run"]
    if run["state"] == "ended":
        return
    details = "; ".join("%s: %s" % (one.code, one.description) for one in record.outcome_details)[:1000]
    outcome = {"PASS": "passed", "FAIL": "failed", "TIMEOUT": "failed"}.get(record.outcome.name, "error")
    end = {"outcome": outcome, "code": "OPENHTF_" + record.outcome.name, **({"text": details} if details else {})}
    jig.finish(run, measured(record), {} if outcome == "passed" else end)


def main():
    for text in iter(lambda: input("Serial number: ").strip(), ""):
        try:
            station["run"] = jig.scan(text)
        except (jig.Command, jig.Refused) as answer:
            print(text, answer, flush=True)
            continue
        test = htf.Test(board, supply, test_name="lamp-fct")
        test.add_output_callbacks(to_fogbell)
        test.execute(test_start=lambda: station["run"]["serial"])
        run = jig.later(station["run"])
        print(run["serial"], run["outcome"], run["text"] or "", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
