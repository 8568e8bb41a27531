"""Made-up sites: courses of virtual patients as a registry set. They show how a report looks and try its machinery.

Nothing in them is evidence: what comes of a course is what the named model gives. Adverse events are those that the
model itself shows in a treatment session (dissociation, pressure, sedation beyond a stated limit); everybody starts;
nobody was referred in vain. Pseudonyms are made from the seed and belong to nobody.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast import __version__
from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.registry.chosen import chosen
from holdfast.registry.common_model import AGE_BANDS, TABLES, TREATMENT_SESSIONS, require_site_name
from holdfast.registry.manifest import Manifest
from holdfast.registry.pseudonyms import pseudonym
from holdfast.registry.relations import columns_of, connected, quoted, read_parquet, require_writable_name
from holdfast.registry.set_checks import require_sound
from holdfast.registry.written import write_tables

if TYPE_CHECKING:
    import duckdb

FIRST_YEAR = 2024
_BANDS = tuple((band, int(band[:2])) for band in AGE_BANDS if band[:2].isdigit())
_NOTE = "Simulated courses of virtual patients: what comes of them is what the named model gives, and no evidence"


@dataclass(frozen=True)
class Arm:
    """So many courses under one protocol."""

    protocol: str
    courses: int


def write_simulated(
    folder: Path, site: str, arms: Sequence[Arm], *, days: int, seed: int, processes: int = 1
) -> Manifest:
    """Write a made-up site; the same seed gives the same bytes. Raises as the simulator of courses does."""
    if not arms:
        raise InputError("a made-up site needs a protocol and a number of courses, such as iv-racemic:300")
    require_site_name(site)
    require_writable_name(folder)
    with connected(threads=1) as connection, tempfile.TemporaryDirectory() as parts:
        for table in TABLES.values():
            connection.execute(f"CREATE TABLE {table.name} AS {_nothing(table)}")
        for place, arm in enumerate(arms):
            lived = Path(parts) / f"{place}.parquet"
            model = _lived(connection, arm, lived, days=days, seed=seed + place, processes=processes)
            _add(connection, site, arm, lived)
        require_sound(connection)
        about = Manifest(
            kind="simulated", sites=(site,), made_by=f"holdfast {__version__}", facts_digest=load().digest,
            notes=(f"{_NOTE}: {model}, seed {seed}",),
        )  # fmt: skip
        return write_tables(folder, connection, about)


def _nothing(table: Any) -> str:
    return (
        f"SELECT {columns_of(table)} FROM (SELECT {', '.join(f'NULL AS {one.name}' for one in table.columns)}) LIMIT 0"
    )


def _lived(connection: duckdb.DuckDBPyConnection, arm: Arm, path: Path, *, days: int, seed: int, processes: int) -> str:
    """Live the courses of an arm into `path`, a row a person and day, and say in table `people` who they are."""
    import numpy as np

    from holdfast.model.courses.attendance import REALISTIC
    from holdfast.model.courses.plan import CoursePlan
    from holdfast.model.named_models import named_model
    from holdfast.model.population.named_populations import named_population
    from holdfast.model.population.virtual_patients import virtual_patients
    from holdfast.model.runs.run import simulate
    from holdfast.model.runs.workers import Workers

    plan = CoursePlan(arm.protocol, arm.courses, days, seed, attendance=REALISTIC)
    simulate(plan, path, workers=Workers(processes=processes))
    drawn = virtual_patients(named_model(plan.model), named_population(plan.population), seed=seed, count=arm.courses)
    secret = f"{arm.protocol} {seed}".encode()
    keys = {kind: [pseudonym(secret, kind, str(n)) for n in range(arm.courses)] for kind in ("course", "person")}
    people = {  # `people` is what the query below reads
        "patient": np.arange(1, arm.courses + 1), **{kind: np.array(made) for kind, made in keys.items()},
        "female": np.asarray(drawn.who.female), "age_y": drawn.who.age_y, "weight_kg": drawn.who.weight_kg,
    }  # fmt: skip
    connection.register("drawn", people)
    connection.execute("CREATE OR REPLACE TEMP TABLE people AS SELECT * FROM drawn")
    connection.unregister("drawn")
    return f"model {plan.model}, hypothesis {plan.hypothesis}"


def _add(connection: duckdb.DuckDBPyConnection, site: str, arm: Arm, lived: Path) -> None:
    """Rows of an arm to the tables. Day 0 is the first dose, whatever day it was planned for.

    The review that ends induction stops who has not responded, some days after its last treatment session: such a
    course did not complete induction and came to no phase after it, whatever the calendar of the protocol says.
    """
    from holdfast.protocols.protocol import protocol

    plan = protocol(arm.protocol)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE begun AS SELECT patient, min(day) FILTER (WHERE treatment_session IS NOT NULL) "
        "AS zero, max(day) AS last, min(day) FILTER (WHERE why_stopped IS NOT NULL) AS stopped, "
        "min(why_stopped) AS why, coalesce(why LIKE 'no response%', FALSE) AS without_response, "
        "if(without_response, NULL, min(day) FILTER (WHERE phase IN ('optimisation', 'maintenance'))) AS later, "
        "if(without_response, NULL, min(day) FILTER (WHERE phase = 'maintenance')) AS kept "
        f"FROM {read_parquet([lived])} GROUP BY patient"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE lived AS SELECT r.* EXCLUDE (day), r.day - coalesce(zero, 0) AS day, course, "
        f"weight_kg, {FIRST_YEAR} + (patient * 37 % {_YEAR_DAYS} + r.day) // {_YEAR_DAYS} AS year "
        f"FROM {read_parquet([lived])} r JOIN begun USING (patient) JOIN people USING (patient) "
        "WHERE r.day <= coalesce(stopped, last)"
    )
    bands = " ".join(f"WHEN age_y >= {low} THEN '{band}'" for band, low in reversed(_BANDS))
    connection.execute(
        f"INSERT INTO courses SELECT course, person, NULL, {quoted(site)}, '{plan.drug}', '{plan.route}', '{plan.id}', "
        f"'trd', if(female, 'female', 'male'), CASE {bands} ELSE 'unknown' END, 'unknown', "
        f"{FIRST_YEAR} + (patient * 37 % {_YEAR_DAYS} + coalesce(zero, 0)) // {_YEAR_DAYS}, NULL, NULL, 'yes', "
        "zero IS NOT NULL, if(zero IS NULL, NULL, later - zero), "
        "if(zero IS NULL, NULL, kept - zero), stopped - coalesce(zero, 0), "
        "CASE WHEN without_response THEN 'non_response' WHEN why IS NOT NULL THEN 'lost_contact' END, "
        "coalesce(stopped, last) - coalesce(zero, 0), NULL FROM begun JOIN people USING (patient)"
    )
    for table, select in _SELECTS.items():
        connection.execute(f"INSERT INTO {table} {select.format(**_written_down_from())}")


def _written_down_from() -> dict[str, int]:
    """CADSS, systolic pressure and MOAA/S at which a made-up adverse event is written down."""
    return {
        "dissociated": chosen("simulated_cadss_min", "score"), "pressure": chosen("simulated_sbp_min", "mmHg"),
        "sedated": chosen("simulated_moaas_max", "score"),
    }  # fmt: skip


_YEAR_DAYS = 365  # the made-up calendar has no leap years; no unit is converted by it
# A few in a hundred thousand peaks of the model are beyond what a cuff shows; such a reading would be told as none.
_SHOWN = TREATMENT_SESSIONS.column("sbp_peak_mmhg")
_PEAK = f"if(sbp_max_mmhg BETWEEN {_SHOWN.low} AND {_SHOWN.high}, sbp_max_mmhg, NULL)"
_GIVEN = "FROM lived WHERE treatment_session IS NOT NULL"
_SELECTS = {
    "ratings": "SELECT course, 'madrs', day, madrs_observed, 'clinician', day = first FROM (SELECT *, min(day) FILTER "
    "(WHERE day <= 0) OVER (PARTITION BY course) AS first FROM lived WHERE madrs_observed IS NOT NULL)",
    "treatment_sessions": "SELECT course, row_number() OVER (PARTITION BY course ORDER BY day), day, year, "
    "if(phase = 'after treatment', NULL, phase), 'completed', dose_mg, dose_mg / weight_kg, "
    "if(sbp_before_mmhg > dbp_before_mmhg, sbp_before_mmhg, NULL), "
    f"if(sbp_before_mmhg > dbp_before_mmhg, dbp_before_mmhg, NULL), {_PEAK}, NULL, NULL, "
    f"if(cadss_peak IS NULL, NULL, 'cadss'), cadss_peak, NULL {_GIVEN}",
    "adverse_events": "SELECT course, row_number() OVER (PARTITION BY course ORDER BY day, kind), day, year, number, "
    "kind, 'mild', 'not-serious', 'probable', 'none', 'recovered' FROM (SELECT course, day, year, row_number() OVER "
    f"(PARTITION BY course ORDER BY day) AS number, cadss_peak, sbp_max_mmhg, moaas_lowest {_GIVEN}), "
    f"(VALUES ('dissociation'), ('blood_pressure'), ('sedation')) kinds (kind) WHERE (kind = 'dissociation' AND "
    f"cadss_peak >= {{dissociated}}) OR (kind = 'blood_pressure' AND sbp_max_mmhg >= {{pressure}}) "
    f"OR (kind = 'sedation' AND moaas_lowest <= {{sedated}})",
    "exposure": "SELECT course, year, count(treatment_session), coalesce(sum(dose_mg), 0), 0, count(*) FROM lived "
    "WHERE day >= 0 GROUP BY course, year",
}
