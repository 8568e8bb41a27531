"""Published numbers as plots: plain coordinates that a template writes as SVG, without script or numerics."""

from holdfast.evidence.pictures.forest import Forest, forest, forest_of_study, meanings
from holdfast.evidence.pictures.time_course import TimeCourse, time_courses

__all__ = ["Forest", "TimeCourse", "forest", "forest_of_study", "meanings", "time_courses"]
