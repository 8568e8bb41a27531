"""Repeat the fit of the acute effects of the models holdfast-1 and holdfast-1-no-tolerance.

python -m calibration.effects            prints, and writes docs/calibration/effects.md
python -m calibration.effects --check    exit code 1 where the table is not this fit, to the printed digits
"""

from __future__ import annotations

import argparse
import sys

from calibration.effects_report import write_report
from calibration.fit_effects import differences, fit


def main(words: list[str] | None = None) -> int:
    """Fit, print, and check the table or write the report."""
    parser = argparse.ArgumentParser(description="Fit the acute effects.")
    parser.add_argument("--check", action="store_true", help="compare the table with the fit and write nothing")
    arguments = parser.parse_args(words)
    fitted = fit()
    for name, one in fitted.items():
        print(name)
        for symbol, value in one.found.items():
            print(f"  {symbol} {value:g}")
        print(f"  time course: sum of squares {one.course.sum_of_squares:.2f} over {len(one.course.rows)} rows")
    faults = differences(fitted)
    for fault in faults:
        print(fault, file=sys.stderr)
    if not arguments.check and not faults:
        write_report(fitted)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
