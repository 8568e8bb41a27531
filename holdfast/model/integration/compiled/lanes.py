"""Eight patients in one vector: arithmetic that, when it is run once, records machine code.

`Lanes` behaves like a number: + - * / and ** work on it, and so does everything written with them, such as the stages
of a law. Nothing is computed when the expression runs; each operation is appended to a function of LLVM, for eight
patients at a time, one to a lane. No lane ever sees another, so a patient's numbers do not depend on the neighbours.

`exp`, `log` and power are polynomials on a reduced range, without a branch, good to the last digit or two of float64:
library functions would leave the vector.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

LANES = 8
NUMBER = ir.DoubleType()
VECTOR = ir.VectorType(NUMBER, LANES)
_BITS = ir.VectorType(ir.IntType(64), LANES)
_FUSED = ("contract",)  # a * b + c in one instruction, rounded once
_LOG2_E = 1 / math.log(2)
_LN_2_HIGH, _LN_2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # their sum is ln 2 to 30 digits
_ROUNDING = 1.5 * 2.0**52  # added to a number, leaves its nearest integer in the lowest bits
_LARGEST = 708.0  # exp of it is still a normal number
_FRACTION_BITS = 52  # of a float64, below its exponent
_BITS_OF_ROOT_OF_HALF = 0x3FE6A09E667F3BCD
_EXP_TERMS, _LOG_TERMS = 13, 11
SMALLEST = 1e-300  # base of a power: what is not above it counts as 0


def splat(value: float) -> ir.Constant:
    """The same number in each lane."""
    return ir.Constant(VECTOR, [float(value)] * LANES)


def _splat_bits(value: int) -> ir.Constant:
    return ir.Constant(_BITS, [value] * LANES)


class Lanes:
    """A value of eight patients, known when the machine code runs."""

    __array_ufunc__ = None  # a NumPy scalar on the left leaves the operation to us

    def __init__(self, builder: ir.IRBuilder, value: ir.Value) -> None:
        self.builder, self.value = builder, value

    def _lanes(self, value: ir.Value) -> Lanes:
        return Lanes(self.builder, value)

    def _with(self, operation: str, other: Any, *, swapped: bool = False) -> Lanes:
        if not isinstance(other, Lanes | int | float):
            return NotImplemented  # a value at several nodes knows what to do
        pair = (self.value, other.value if isinstance(other, Lanes) else splat(other))
        return self._lanes(getattr(self.builder, operation)(*(pair[::-1] if swapped else pair), flags=_FUSED))

    def __add__(self, other: Any) -> Lanes:
        return self._with("fadd", other)

    def __radd__(self, other: Any) -> Lanes:
        return self._with("fadd", other, swapped=True)

    def __sub__(self, other: Any) -> Lanes:
        return self._with("fsub", other)

    def __rsub__(self, other: Any) -> Lanes:
        return self._with("fsub", other, swapped=True)

    def __mul__(self, other: Any) -> Lanes:
        return self._with("fmul", other)

    def __rmul__(self, other: Any) -> Lanes:
        return self._with("fmul", other, swapped=True)

    def __truediv__(self, other: Any) -> Lanes:
        return self._with("fdiv", other)

    def __rtruediv__(self, other: Any) -> Lanes:
        return self._with("fdiv", other, swapped=True)

    def __neg__(self) -> Lanes:
        return self._lanes(self.builder.fneg(self.value))

    def __pow__(self, exponent: Any) -> Lanes:
        return exp(log(self.at_least(SMALLEST)) * exponent).where_above(self, SMALLEST)

    def __rpow__(self, base: float) -> Lanes:
        return exp(self * math.log(max(base, SMALLEST)))

    def at_least(self, least: float) -> Lanes:
        """The larger of the two; `least` where this is no number."""
        larger = self.builder.fcmp_ordered(">", self.value, splat(least))
        return self._lanes(self.builder.select(larger, self.value, splat(least)))

    def where_above(self, other: Lanes, least: float) -> Lanes:
        """Itself where `other` is above `least`, elsewhere 0."""
        above = self.builder.fcmp_ordered(">", other.value, splat(least))
        return self._lanes(self.builder.select(above, self.value, splat(0.0)))

    def at_most(self, most: float) -> Lanes:
        """The smaller of the two."""
        return -(-self).at_least(-most)

    def __abs__(self) -> Lanes:
        return self._intrinsic("fabs")

    def _intrinsic(self, name: str) -> Lanes:
        return self._lanes(_called(self.builder, name, self.value))


def root(x: Lanes) -> Lanes:
    """Square root."""
    return x._intrinsic("sqrt")


def copysign(size: float, sign: Lanes) -> Lanes:
    """The size of one with the sign of the other."""
    return Lanes(sign.builder, _called(sign.builder, "copysign", splat(size), sign.value))


def _called(builder: ir.IRBuilder, name: str, *values: ir.Value) -> ir.Value:
    """An instruction that LLVM knows by name."""
    whole, module = f"llvm.{name}.v{LANES}f64", builder.module
    if whole not in module.globals:
        ir.Function(module, ir.FunctionType(VECTOR, [VECTOR] * len(values)), whole)
    return builder.call(module.globals[whole], values)


def exp(x: Lanes) -> Lanes:
    """e to the x, with x kept within 708 of 0. x = n ln 2 + r, and 2^n is written into the bits of the exponent."""
    b = x.builder
    x = x.at_least(-_LARGEST).at_most(_LARGEST)
    marked = x * _LOG2_E + _ROUNDING
    n = marked - _ROUNDING
    r = (x - n * _LN_2_HIGH) - n * _LN_2_LOW
    total = r * (1 / math.factorial(_EXP_TERMS)) + 1 / math.factorial(_EXP_TERMS - 1)
    for k in range(_EXP_TERMS - 2, -1, -1):
        total = total * r + 1 / math.factorial(k)
    exponent = b.shl(b.bitcast(marked.value, _BITS), _splat_bits(_FRACTION_BITS))
    return Lanes(b, b.bitcast(b.add(b.bitcast(total.value, _BITS), exponent), VECTOR))


def log(x: Lanes) -> Lanes:
    """Natural logarithm of a normal positive number: log m + n ln 2 with m near 1."""
    n, m = mantissa(x)
    return log_by_ratio(n, (m - 1.0) / (m + 1.0))


def mantissa(x: Lanes) -> tuple[Lanes, Lanes]:
    """n and m with x = 2^n m, n whole and m within a factor of sqrt(2) of 1."""
    b = x.builder
    bits = b.bitcast(x.value, _BITS)
    n = b.ashr(b.sub(bits, _splat_bits(_BITS_OF_ROOT_OF_HALF)), _splat_bits(_FRACTION_BITS))
    m = b.bitcast(b.sub(bits, b.shl(n, _splat_bits(_FRACTION_BITS))), VECTOR)
    return Lanes(b, b.sitofp(n, VECTOR)), Lanes(b, m)


def log_by_ratio(n: Lanes, s: Lanes) -> Lanes:
    """log(2^n m) from s = (m - 1)/(m + 1): log m = 2 artanh s."""
    square = s * s
    total = square * (1 / (2 * _LOG_TERMS + 1)) + 1 / (2 * _LOG_TERMS - 1)
    for k in range(_LOG_TERMS - 2, -1, -1):
        total = total * square + 1 / (2 * k + 1)
    return n * _LN_2_HIGH + (s * total * 2.0 + n * _LN_2_LOW)
