"""Repeat the fit of absorption by mouth and under the tongue, of the model holdfast-1.

python -m calibration.absorption            prints, and writes docs/calibration/absorption.md with its figure
python -m calibration.absorption --check    exit code 1 where the table is not this fit, to the printed digits
"""

from __future__ import annotations

import argparse
import sys

from calibration.absorption_report import write_report
from calibration.fit_absorption import TARGETS, differences, fit, printed, targets


def main(words: list[str] | None = None) -> int:
    """Fit, print, and check the table or write the report."""
    parser = argparse.ArgumentParser(description="Fit absorption by mouth and under the tongue.")
    parser.add_argument("--check", action="store_true", help="compare the table with the fit and write nothing")
    arguments = parser.parse_args(words)
    found = fit(targets())
    for symbol, value in found.values.items():
        print(f"{symbol} {printed(value)} (SD {found.spread[symbol]:.2f} on the log or logit)")
    print(f"sum of squares {found.sum_of_squares:.2f} over {len(TARGETS)} rows and 1 prior")
    faults = differences(found)
    for fault in faults:
        print(fault, file=sys.stderr)
    if not arguments.check and not faults:
        write_report(found)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
