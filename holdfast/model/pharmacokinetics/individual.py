"""The parameters of each patient: typical values of a named model, changed by covariates, then by the person's etas.

    weight         a flow times (WT/weight_reference)^weight_exponent_flow; a volume likewise, weight_exponent_volume
    age            Qh    + age_on_Qh max(0, AGE - age_reference)
    Asian          CLint asian_on_CLint        fNK = asian_fNK        CLn asian_on_CLn
    Child-Pugh B   CLint child_pugh_b_on_CLint
    person         a parameter times exp(eta); a share by its logit, plus eta (see etas)
    clearance      CL = Qh CLint/(Qh + CLint): a well-stirred liver. Sex and CYP2B6, off unless asked for, are factors
                   on it; R differs from S by CLint_R_over_S, CLn_R_over_S and CLhnk_R

A model that has asian_on_kel in place of the first two (Perez-Ruixo 2021) changes kel alone, the part of CLint that is
not made into norketamine. Whether weight counts may depend on the route (`Effects.weight`).

Every array has the shape (patients, 2); the last axis is the S- and the R-enantiomer. Volumes in L, clearances and
flows in L/h, rate constants in 1/h.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.covariates import Covariates, Effects
from holdfast.model.pharmacokinetics.etas import Etas

Values = NDArray[np.float64]
PARENTERAL = frozenset({"iv", "im", "sc"})
LIVER = ("Qh", "Vh", "CLint", "fNK", "Vn", "CLn")  # and norketamine, which is made in it
_WHOLE_OR_NOT_AT_ALL = (("Q2", "Vp2"), LIVER, ("Qn", "Vpn"), ("fHNK", "Vhnk", "CLhnk"))
_OF_NORKETAMINE = ("Qn", "fHNK")


@dataclass(frozen=True)
class Disposition:
    """What the body does with the drug once it is in. None where the model has no such part.

    A part is there whole or not at all, and the drug leaves in one way: by CL, or through the liver. Raises
    `InputError` for any other body.
    """

    Vc: Values
    Q1: Values
    Vp1: Values
    Q2: Values | None = None
    Vp2: Values | None = None
    CL: Values | None = None  # straight from the central compartment, in models without a liver
    Qh: Values | None = None
    Vh: Values | None = None
    CLint: Values | None = None
    fNK: Values | None = None
    Vn: Values | None = None
    CLn: Values | None = None
    Qn: Values | None = None
    Vpn: Values | None = None
    fHNK: Values | None = None
    Vhnk: Values | None = None
    CLhnk: Values | None = None
    kv: Values | None = None

    def __post_init__(self) -> None:
        for part in _WHOLE_OR_NOT_AT_ALL:
            lacking = [symbol for symbol in part if getattr(self, symbol) is None]
            if lacking and len(lacking) < len(part):
                held = [symbol for symbol in part if symbol not in lacking]
                raise InputError(f"a body with {', '.join(held)} needs {', '.join(lacking)} too")
        if (self.CL is None) == (self.Qh is None):
            raise InputError("a body clears the drug by CL or through a liver (Qh and the rest): give one of them")
        if self.Qh is None and any(getattr(self, symbol) is not None for symbol in _OF_NORKETAMINE):
            raise InputError("a body without a liver makes no norketamine, and nothing of it; leave Qn and fHNK out")

    def part(self, symbol: str) -> Values:
        """A parameter that is needed here. Raises `InputError` where this body has no such part."""
        value: Values | None = getattr(self, symbol)
        if value is None:
            raise InputError(f"this body has no {symbol}; choose a model that has one")
        return value

    @property
    def clearance(self) -> Values:
        """Clearance of the parent from the body in L/h: CL, or that of a well-stirred liver."""
        if self.CL is not None:
            return self.CL
        Qh, CLint = self.part("Qh"), self.part("CLint")
        return Qh * CLint / (Qh + CLint)

    @property
    def volume_at_steady_state(self) -> Values:
        """Amount in the body over the central level while an infusion runs on for ever, in L; liver included."""
        volume = self.Vc + self.Vp1 + (0.0 if self.Vp2 is None else self.Vp2)
        if self.Vh is None or self.Qh is None or self.CLint is None:
            return volume
        return volume + self.Vh * self.Qh / (self.Qh + self.CLint)


def dispositions(
    model: NamedModel, who: Covariates, routes: Set[str], effects: Effects | None = None, etas: Etas | None = None
) -> Disposition:
    """The disposition of each patient.

    Raises `InputError` for a covariate the model knows no effect of, and for etas that are not these patients'.
    """
    effects, etas = effects or Effects(), etas or Etas()
    etas.require(model, len(who))
    if model.has("k10"):
        _refuse_unknown_effects(model, who, effects)
        return _per_kilogram(model, who)
    scale = _weight_scale(model, who, routes, effects)
    typical = _typical(model, len(who), flow=scale[0], volume=scale[1])
    return _with_etas(model, _with_covariates(model, who, effects, typical), etas)


def _with_etas(model: NamedModel, p: Disposition, etas: Etas) -> Disposition:
    """Each parameter times exp(eta). Where a model has kel and kmet, CLint is their sum times Vh, fNK kmet's share."""
    if not etas.person:
        return p
    own = [one.name for one in fields(p) if one.name in etas.person and getattr(p, one.name) is not None]
    changed: dict[str, Any] = {name: etas.individual(name, getattr(p, name)) for name in own}
    if model.has("kel") and p.CLint is not None and p.fNK is not None:
        made = p.CLint * p.fNK * etas.factor("kmet")
        rest = p.CLint * (1 - p.fNK) * etas.factor("kel")
        changed |= {"CLint": (made + rest) * etas.factor("Vh"), "fNK": made / (made + rest)}
    return replace(p, **changed)


def _shape(values: float | Values, n: int, r_over_s: float = 1.0) -> Values:
    column = np.broadcast_to(np.asarray(values, dtype=float), n)
    return np.stack([column, column * r_over_s], axis=-1)


def _per_kilogram(model: NamedModel, who: Covariates) -> Disposition:
    """Micro-constants and a volume per kilogram; the racemate's values are held to be those of both enantiomers."""
    n, weight = len(who), who.weight_kg
    volume = model.value("Vc", unit="L/kg") * weight

    def per_h(symbol: str) -> float:
        return model.value(symbol, unit="1/h")

    second = model.has("k13")
    return Disposition(
        Vc=_shape(volume, n),
        CL=_shape(per_h("k10") * volume, n),
        Q1=_shape(per_h("k12") * volume, n),
        Vp1=_shape(per_h("k12") / per_h("k21") * volume, n),
        Q2=_shape(per_h("k13") * volume, n) if second else None,
        Vp2=_shape(per_h("k13") / per_h("k31") * volume, n) if second else None,
    )


def _weight_scale(
    model: NamedModel, who: Covariates, routes: Set[str], effects: Effects
) -> tuple[float | Values, float | Values]:
    """Factors on flows and on volumes."""
    if effects.weight == "off" or not model.has("weight_exponent_flow", "covariate_effect"):
        return 1.0, 1.0
    if effects.weight == "by-route":
        if routes & PARENTERAL and routes - PARENTERAL:
            raise InputError(
                "weight scaling by route cannot hold for doses into a vein and by mouth or nose at once; say on or off"
            )
        if not routes <= PARENTERAL:
            return 1.0, 1.0
    relative = who.weight_kg / model.value("weight_reference", "covariate_effect", unit="kg")
    flow = relative ** model.value("weight_exponent_flow", "covariate_effect")
    return flow, relative ** model.value("weight_exponent_volume", "covariate_effect")


def _typical(model: NamedModel, n: int, *, flow: float | Values, volume: float | Values) -> Disposition:
    def needed(symbol: str, unit: str, factor: float | Values = 1.0, ratio: str = "") -> Values:
        r_over_s = model.value(ratio) if ratio and model.has(ratio) else 1.0
        return _shape(model.value(symbol, unit=unit) * np.asarray(factor), n, r_over_s)

    def value(symbol: str, unit: str, factor: float | Values = 1.0, ratio: str = "") -> Values | None:
        return needed(symbol, unit, factor, ratio) if model.has(symbol) else None

    def at_rate(symbol: str, ratio: str = "") -> Values | None:
        return value(symbol, "L/h", flow, ratio)

    def of_size(symbol: str) -> Values | None:
        return value(symbol, "L", volume)

    Vh = model.value("Vh", unit="L")
    if model.has("CLint"):
        CLint, fNK = at_rate("CLint", "CLint_R_over_S"), model.value("fNK")
    else:
        kel, kmet = model.value("kel", unit="1/h"), model.value("kmet", unit="1/h")
        CLint, fNK = _shape((kel + kmet) * Vh * np.asarray(flow), n), kmet / (kel + kmet)
    CLhnk = at_rate("CLhnk")
    if CLhnk is not None:
        CLhnk[:, 1] *= model.value("CLhnk_R", unit="L/h") / model.value("CLhnk", unit="L/h")
    return Disposition(
        Vc=needed("Vc", "L", volume), Q1=needed("Q1", "L/h", flow), Vp1=needed("Vp1", "L", volume),
        Q2=at_rate("Q2"), Vp2=of_size("Vp2"),
        Qh=at_rate("Qh"), Vh=_shape(Vh * np.asarray(volume), n), CLint=CLint, fNK=_shape(fNK, n),
        Vn=of_size("Vn"), CLn=at_rate("CLn", "CLn_R_over_S"),
        Qn=at_rate("Qn"), Vpn=of_size("Vpn"),
        fHNK=value("fHNK", "1"), Vhnk=of_size("Vhnk"), CLhnk=CLhnk, kv=value("kv", "1/h"),
    )  # fmt: skip


def _with_covariates(model: NamedModel, who: Covariates, effects: Effects, p: Disposition) -> Disposition:
    _refuse_unknown_effects(model, who, effects)

    def effect(symbol: str, default: float, unit: str = "1") -> float:
        if not model.has(symbol, "covariate_effect"):
            return default
        return model.value(symbol, "covariate_effect", unit=unit)

    Qh, CLint, fNK, CLn = (p.part(symbol) for symbol in ("Qh", "CLint", "fNK", "CLn"))
    if effects.age:
        older_y = np.maximum(0.0, who.age_y - effect("age_reference", np.inf, "y"))
        Qh = Qh + (effect("age_on_Qh", 0.0, "L/h/y") * older_y)[:, None]
        if (Qh <= 0).any():
            raise InputError(f"model {model.id} leaves no liver flow at an age of {who.age_y.max():g} y")
    if effects.ancestry:
        asian = who.asian[:, None]
        if model.has("asian_on_kel", "covariate_effect"):
            # on kel alone: the share kept is fNK (made into noresketamine) plus the rest times the factor
            kept = fNK + (1 - fNK) * effect("asian_on_kel", 1.0)
            CLint, fNK = np.where(asian, CLint * kept, CLint), np.where(asian, fNK / kept, fNK)
        else:
            CLint = np.where(asian, CLint * effect("asian_on_CLint", 1.0), CLint)
            if model.has("asian_fNK", "covariate_effect"):
                fNK = np.where(asian, effect("asian_fNK", 1.0), fNK)
        CLn = np.where(asian, CLn * effect("asian_on_CLn", 1.0), CLn)
    if effects.liver:
        CLint = np.where(who.child_pugh_b[:, None], CLint * effect("child_pugh_b_on_CLint", 1.0), CLint)
    CLint = _clearance_times(Qh, CLint, _disputed_factor(model, who, effects))
    return replace(p, Qh=Qh, CLint=CLint, fNK=fNK, CLn=CLn)


def _disputed_factor(model: NamedModel, who: Covariates, effects: Effects) -> Values:
    """Factor on clearance from the effects that sources dispute: 1 where they are off."""
    factor = np.ones((len(who), 1))
    if effects.sex:
        if who.female is None:
            raise InputError("the effect of sex is switched on and sex is not given; give it, or leave the effect off")
        factor = np.where(who.female[:, None], model.value("female_on_CL", "covariate_effect"), factor)
    if effects.cyp2b6:
        if who.cyp2b6 is None:
            raise InputError("the effect of CYP2B6 is switched on and no genotype is given; give one, or leave it off")
        clearance = [model.value(f"cyp2b6_{g}_CL", "covariate_effect", unit="L/h") for g in who.cyp2b6]
        normal = model.value("cyp2b6_11_CL", "covariate_effect", unit="L/h")
        factor = factor * (np.array(clearance) / normal)[:, None]
    return factor


def _clearance_times(Qh: Values, CLint: Values, factor: Values) -> Values:
    """CLint that gives `factor` times the clearance of the well-stirred liver."""
    clearance = Qh * CLint / (Qh + CLint) * factor
    if (clearance >= Qh).any():
        raise InputError("the clearance asked for is more than the liver flow; leave that effect off")
    return np.where(factor == 1.0, CLint, Qh * clearance / (Qh - clearance))


def _refuse_unknown_effects(model: NamedModel, who: Covariates, effects: Effects) -> None:
    asked = {
        "asian_on_CLn": ("ancestry", effects.ancestry and bool(who.asian.any())),
        "japanese_on_FR": ("Japanese ancestry", effects.ancestry and bool(who.japanese.any())),
        "child_pugh_b_on_CLint": ("hepatic impairment (Child-Pugh B)", effects.liver and bool(who.child_pugh_b.any())),
        "female_on_CL": ("sex", effects.sex),
        "cyp2b6_11_CL": ("CYP2B6", effects.cyp2b6),
    }
    for symbol, (name, wanted) in asked.items():
        if wanted and not model.has(symbol, "covariate_effect"):
            raise InputError(f"model {model.id} knows no effect of {name}; switch it off or use another model")
