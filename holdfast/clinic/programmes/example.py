"""The example programme that `holdfast serve` loads on first start."""
