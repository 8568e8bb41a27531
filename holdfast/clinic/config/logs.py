"""What may reach a log. A request path can carry a search, an exception text a value; neither is written."""

from __future__ import annotations

import logging
import traceback


class NoPatientData(logging.Filter):
    """Replaces the message of request errors by the route, and the text of an exception by its place in code."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always keeps the record, without its free text."""
        if getattr(record, "without_content", False):  # another handler's filter was here before
            return True
        record.without_content = True
        request = getattr(record, "request", None)
        if request is not None:
            match = getattr(request, "resolver_match", None)
            record.msg = f"{getattr(record, 'status_code', '')} on {match.view_name if match else 'no route'}"
            record.args = ()
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, trace = record.exc_info
            frames = traceback.extract_tb(trace)
            place = f"{frames[-1].name} line {frames[-1].lineno}" if frames else "unknown place"
            record.msg = f"{record.msg}: {kind.__name__} in {place}"
            if request is None:
                record.args = ()
            record.exc_info, record.exc_text = None, None
        return True
