"""Judgement and decision of a review as they are read on a page."""

from __future__ import annotations

from holdfast.protocols.answers import Continuation, Response

RESPONSE_WORDS = {Response.RESPONSE: "Response", Response.PARTIAL: "Partial response", Response.NONE: "No response"}
DECISION_WORDS = {
    Continuation.CONTINUE: "Go on as planned",
    Continuation.TAPER: "Try longer intervals",
    Continuation.STOP: "Stop the course",
}
