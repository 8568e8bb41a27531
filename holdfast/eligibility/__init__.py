"""Evaluation: adequate trials failed, staging side by side, contraindications and cautions with every reason."""

from holdfast.eligibility.evaluation import Evaluation, assess
from holdfast.eligibility.history import TreatmentHistory, stage_all
from holdfast.eligibility.reading import read_evaluation, read_request
from holdfast.eligibility.staging import Staging, maudsley, mgh_s, thase_rush
from holdfast.eligibility.trials import Adequacy, AntidepressantTrial, FailedTrials, adequacy, failed_trials

__all__ = [
    "Adequacy", "AntidepressantTrial", "Evaluation", "FailedTrials", "Staging", "TreatmentHistory",
    "adequacy", "assess", "failed_trials", "maudsley", "mgh_s", "read_evaluation", "read_request", "stage_all",
    "thase_rush",
]  # fmt: skip
