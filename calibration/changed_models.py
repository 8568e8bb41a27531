"""A named model with some of its numbers changed, for fits; the model side has it, since posteriors need it too."""

from holdfast.model.changed_models import with_values

__all__ = ["with_values"]
