"""`holdfast registry`: what a programme did and what came of it, by itself and pooled with others."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from holdfast.cli import registry_model
from holdfast.cli.output import emit, seed_argument, text_table, whole_number_argument
from holdfast.cli.parser import Verbs
from holdfast.cli.registry_own import add_own_verb
from holdfast.cli.registry_report import add_report_verbs
from holdfast.errors import InputError


def add_verbs(verbs: Verbs) -> None:
    """model, key, export, check, pool, simulate; summary, report, own-report; predict, study."""
    verbs.add(
        "model", _model, does="print the common data model: every table and column of a registry set",
        example="holdfast registry model",
    )  # fmt: skip
    key = verbs.add(
        "key", _key, does="make the secret that pseudonyms of an extract are made with, once; keep it",
        example="holdfast registry key registry.key", writes="the file of the secret, readable by you alone",
    )  # fmt: skip
    key.add_argument("file", type=Path, metavar="FILE", help="a name that is free")
    export = verbs.add(
        "export", _export,
        does="write an extract of a programme's records, of patients who consented to the registry",
        example="holdfast registry export --programme example --key registry.key --output extract",
        writes="the folder of the extract, whole or not at all, and an entry in the record of actions",
    )  # fmt: skip
    export.add_argument("--programme", metavar="KEY", help="which; default: the only one of this installation")
    export.add_argument("--key", type=Path, required=True, metavar="FILE", help="the secret of this site")
    export.add_argument("--link-key", type=Path, metavar="FILE", help="the secret that sites of one pool share")
    export.add_argument("--site", default="", metavar="NAME", help="name of the site; default: key of the programme")
    export.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="a folder that is new or empty")
    check = verbs.add(
        "check", _check, does="check sets: version, digests, every value; name what is wrong",
        example="holdfast registry check docs/examples/registry/north",
    )  # fmt: skip
    check.add_argument("sets", type=Path, nargs="+", metavar="SET", help="folder of a registry set")
    pool = verbs.add(
        "pool", _pool, does="put extracts of several sites together",
        example="holdfast registry pool docs/examples/registry/north docs/examples/registry/south --output pooled",
        writes="the folder of the pool, whole or not at all",
    )  # fmt: skip
    pool.add_argument("sets", type=Path, nargs="+", metavar="SET", help="folder of an extract")
    pool.add_argument(
        "--once", action="store_true", help="keep a treatment that two sites hold alike as the first of them has it"
    )
    pool.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="a folder that is new or empty")
    made_up = verbs.add(
        "simulate", _simulate, does="make up a site of virtual patients: to try reports and pools on",
        example="holdfast registry simulate iv-racemic:40 --site north --days 60 --output made-up-north",
        writes="the folder of the set, whole or not at all",
    )  # fmt: skip
    made_up.add_argument("arms", nargs="+", metavar="PROTOCOL:COURSES", help="such as iv-racemic:300")
    made_up.add_argument("--site", required=True, help="short name of the site, in small letters")
    made_up.add_argument("--days", type=whole_number_argument, default=365, help="followed; default: 365")
    made_up.add_argument("--seed", type=seed_argument, default=1, help="same seed, same bytes; default: 1")
    made_up.add_argument("--processes", type=whole_number_argument, default=1, help="default: 1; the same bytes")
    made_up.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="a folder that is new or empty")
    registry_model.add_verbs(verbs)
    add_report_verbs(verbs)
    add_own_verb(verbs)


def _model(arguments: argparse.Namespace) -> None:
    from holdfast.registry.common_model import TABLES, VERSION

    answer: dict[str, Any] = {"version": VERSION, "tables": []}
    told = [f"Common data model, version {VERSION}"]
    for table in TABLES.values():
        answer["tables"].append({
            "name": table.name, "doc": table.doc, "unique": list(table.unique),
            "columns": [{**vars(column), "choices": list(column.choices)} for column in table.columns],
        })  # fmt: skip
        rows = [
            (one.name, one.kind + (f" ({one.unit})" if one.unit else ""), "required" if one.required else "", one.doc)
            for one in table.columns
        ]
        told += ["", f"{table.name}: {table.doc}", text_table(rows, ("column", "kind", "", "meaning"))]
    emit(arguments, answer, "\n".join(told))


def _key(arguments: argparse.Namespace) -> None:
    from holdfast.registry.pseudonyms import new_secret

    new_secret(arguments.file)
    emit(arguments, {"file": str(arguments.file)}, f"{arguments.file}: a secret; whoever has it can tell pseudonyms")


def _export(arguments: argparse.Namespace) -> None:
    import datetime as dt

    from holdfast.cli.clinic import opened_by_command_line
    from holdfast.registry.common_model import require_site_name
    from holdfast.registry.pseudonyms import read_secret

    if arguments.site:
        require_site_name(arguments.site)
    own = read_secret(arguments.key)
    link = read_secret(arguments.link_key) if arguments.link_key else None
    if link == own:
        raise InputError("--key and --link-key are the same secret; the one that sites share must be another")
    actor = opened_by_command_line()
    from holdfast.clinic.programmes.queries import only_programme, programme_by_key
    from holdfast.clinic.registry.leaving import Secrets, export_extract

    programme = (
        programme_by_key(actor=actor, key=arguments.programme) if arguments.programme else only_programme(actor=actor)
    )
    made = export_extract(
        actor=actor, programme=programme, folder=arguments.output, secrets=Secrets(own, link), site=arguments.site,
        now=dt.datetime.now(dt.UTC),
    )  # fmt: skip
    answer = {
        "folder": str(arguments.output), "programme": programme.key, "courses": made.courses,
        "taking_part": made.taking_part, "without_consent": made.without_consent, "without_link": made.without_link,
        "few_changed": made.few_changed,
        "manifest": made.manifest.as_dict(),
    }  # fmt: skip
    emit(arguments, answer, "\n".join(_told_of_extract(arguments.output, answer)))


def _told_of_extract(folder: Path, answer: dict[str, Any]) -> list[str]:
    done = answer["manifest"]["disclosure"]
    told = [
        f"{folder}: {answer['courses']} courses, common data model version {answer['manifest']['version']}",
        f"Patients who take part: {answer['taking_part']}; left out for want of consent: {answer['without_consent']}",
        f"Groups hold {done['persons_at_least']} persons or more"
        + (f"; withheld in some rows: {', '.join(done['withheld'])}" if done["withheld"] else ""),
    ]
    told.append(f"Told as they stood on the last day that many share: day {', '.join(done['told_to_day'])}")
    if done["began_last_left_out"] != "nobody":
        told.append(f"Left out until more have begun: {done['began_last_left_out']}, who began last")
    if done["not_watched_yet_left_out"] != "nobody":
        told.append(f"Left out, not under watch until after that day: {done['not_watched_yet_left_out']}")
    if done["left_out"]:
        told.append(f"Left out whole, too few persons: {', '.join(done['left_out'])}")
    if answer["without_link"]:
        told.append(f"Without a link, for want of a date of birth: {answer['without_link']} patients")
    if answer["few_changed"]:
        told.append(
            f"Fewer than {done['persons_at_least']} patients came or went since the last extract: whoever holds both "
            "can tell which rows are theirs. Hand over the new one in place of the old, or wait"
        )
    return [*told, "Pseudonymous, not anonymous: hand it over under an agreement, and keep the key apart from it"]


def _check(arguments: argparse.Namespace) -> None:
    from holdfast.registry.sets import checked

    manifests = checked(arguments.sets)
    answer = [one.as_dict() for one in manifests]
    rows = [
        (
            str(folder),
            one.kind,
            ", ".join(one.sites),
            *(str(one.files[name]["rows"]) for name in ("courses", "ratings")),
        )
        for folder, one in zip(arguments.sets, manifests, strict=True)
    ]
    emit(arguments, answer, text_table(rows, ("set", "kind", "sites", "courses", "ratings")) + "\nNo fault.")


def _pool(arguments: argparse.Namespace) -> None:
    from holdfast.registry.pool import write_pool
    from holdfast.whole_files import require_new_folder

    require_new_folder(arguments.output)
    made = write_pool(arguments.output, arguments.sets, once=arguments.once)
    courses = made.files["courses"]["rows"]
    told = [f"{arguments.output}: {courses} courses of {len(made.sites)} sites: {', '.join(made.sites)}", *made.notes]
    emit(arguments, made.as_dict(), "\n".join(told))


def _simulate(arguments: argparse.Namespace) -> None:
    from holdfast.registry.common_model import require_site_name
    from holdfast.registry.simulated import Arm, write_simulated
    from holdfast.whole_files import require_new_folder

    require_new_folder(arguments.output)
    require_site_name(arguments.site)
    arms = [Arm(*_arm(written)) for written in arguments.arms]
    made = write_simulated(
        arguments.output, arguments.site, arms, days=arguments.days, seed=arguments.seed, processes=arguments.processes
    )
    told = f"{arguments.output}: {made.files['courses']['rows']} courses of {arguments.site}\n{made.notes[0]}"
    emit(arguments, made.as_dict(), told)


def _arm(written: str) -> tuple[str, int]:
    protocol, _, courses = written.partition(":")
    if not protocol or not courses.isdecimal() or not courses.isascii():
        raise InputError(f"{written} is no arm; write a protocol and a number of courses, such as iv-racemic:300")
    return protocol, int(courses)
