"""The station of jig.py, driven from pytest: `pytest --serial SN-1 test_lamp.py`, with jig.py beside this file. The fixture `board` waits for the
board before the first test and ends its run after the last one: what the tests noted is judged by the limits of the procedure, and a test that
failed makes the run fail.

    def test_supply(board):
        board.note("Vbat", multimeter.volts(), "V")
"""
import jig
import pytest


class Board:
    def __init__(self, run):
        self.run, self.figures = run, []

    def note(self, name, value, unit=None):
        self.figures.append({"name": name, "value": value, **({"unit": unit} if unit else {})})


def pytest_addoption(parser):
    parser.addoption("--serial", required=True, help="what the label of the board says")


@pytest.fixture(scope="session")
def board(request):
    run = jig.scan(request.config.getoption("--serial"))
    while run["state"] not in ("testing", "ended"):
        run = jig.later(run)
    if run["state"] == "ended":
        pytest.exit("%s: %s" % (run["code"], run["text"]), returncode=1)
    tested = Board(run)
    yield tested
    failed = request.session.testsfailed
    jig.finish(run, tested.figures, {"outcome": "failed", "text": "%d tests failed" % failed} if failed else {})
    run = jig.later(run)
    print("\n%s %s %s" % (run["serial"], run["outcome"], run["text"] or ""))
    if run["outcome"] != "passed":
        pytest.fail("%s: %s" % (run["code"], run["text"]), pytrace=False)
