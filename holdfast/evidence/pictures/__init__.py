"""Published numbers as plots: plain coordinates that a template writes as SVG, without script or numerics."""

from holdfast.evidence.pictures.beside import Bands, beside_published
from holdfast.evidence.pictures.forest import Forest, forest, forest_of_study, meanings
from holdfast.evidence.pictures.time_course import TimeCourse, time_courses

__all__ = ["Bands", "Forest", "TimeCourse", "beside_published", "forest", "forest_of_study", "meanings", "time_courses"]
