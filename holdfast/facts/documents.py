"""Every kind of nested document: the registry that loader, documentation and tests read."""

from __future__ import annotations

from holdfast.facts.protocol_documents import PROTOCOLS
from holdfast.facts.scale_documents import SCALES
from holdfast.facts.trial_documents import TRIALS

DOCUMENT_KINDS = (SCALES, PROTOCOLS, TRIALS)
