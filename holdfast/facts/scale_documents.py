"""The shape of a rating scale: its header and the sections it may have."""

from __future__ import annotations

from holdfast.facts.schema import KEY, PROVENANCE, Column, DocumentKind, Table
from holdfast.facts.tables import OPERATORS

SCALES = DocumentKind(
    name="scales",
    folder="scales",
    doc="Rating scales: how they are scored, what the total means, and what their owners allow.",
    header=Table(
        name="scale",
        doc="The scale as a whole.",
        many=False,
        columns=(
            Column("id", "Name on the command line, such as phq-9"),
            Column("name", "Name in print"),
            Column("title", "Full title"),
            Column("aliases", "Other names people type for it", "words", required=False),
            Column("rated_by", "Who rates", choices=("patient", "clinician", "observer")),
            Column("measures", "What it measures"),
            Column(
                "scoring",
                "How answers become a score",
                choices=("sum", "qids", "triage", "level", "total-only"),
            ),
            Column("items", "Number of scored items", "integer"),
            Column("total_min", "Lowest total", "number", required=False),
            Column("total_max", "Highest total", "number", required=False),
            Column("higher_is", "What a higher total means", choices=("worse", "better")),
            Column("missing_items", "What to do with unanswered items", choices=("refuse",)),
            Column("ships_text", "May the product show the item texts", "flag"),
            Column("licence", "What the owner allows, and who says so"),
            Column("notice", "Notice to print with the items", required=False),
            Column("certified_rater", "Only a certified rater may rate it", "flag", required=False),
            Column("question", "Stem printed above the items", required=False),
            Column("lookback", "Period the questions ask about", required=False),
            *PROVENANCE,
        ),
    ),
    sections=(
        Table(
            name="item",
            doc="Scored items, in order. Text only where the licence allows.",
            columns=(
                KEY,
                Column("text", "Item text", required=False),
                Column("min", "Lowest answer", "number"),
                Column("max", "Highest answer", "number"),
                Column("reversed", "Scored the other way round", "flag", required=False),
                Column("not_scored", "Answers that mean not assessed", "numbers", required=False),
                Column("options", "Texts of the answers, lowest first", "words", required=False),
                *PROVENANCE,
            ),
        ),
        Table(
            name="option",
            doc="Answers shared by all items.",
            columns=(
                KEY,
                Column("value", "Score", "number"),
                Column("text", "Text of the answer"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="unscored_item",
            doc="Items that are asked and not scored.",
            columns=(
                KEY,
                Column("text", "Item text"),
                Column("options", "Texts of the answers, lowest first", "words"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="band",
            doc="What a total means in words, from the lowest total up.",
            columns=(
                KEY,
                Column("label", "Name of the band"),
                Column("low", "Lowest total in it", "number"),
                Column("high", "Highest total in it", "number"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="subscale",
            doc="Totals over some of the items.",
            columns=(
                KEY,
                Column("items", "Numbers of its items, counted from 1", "numbers"),
                Column("total_max", "Highest total", "number"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="domain",
            doc="Items of which only the highest answer counts; the total is the sum over domains.",
            columns=(KEY, Column("items", "Numbers of its items, counted from 1", "numbers"), *PROVENANCE),
        ),
        Table(
            name="item_flag",
            doc="Answers to one item that must be seen whatever the total is.",
            columns=(
                KEY,
                Column("item", "Number of the item, counted from 1", "integer"),
                Column("op", "How the answer is compared", choices=OPERATORS),
                Column("value", "Number", "numbers"),
                Column("unit", "Unit", "unit"),
                Column("meaning", "What a positive answer means"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="syndrome",
            doc="Patterns of symptoms that suggest a syndrome; not a diagnosis.",
            columns=(
                KEY,
                Column("label", "Name of the syndrome"),
                Column("symptoms_min", "Fewest symptoms present", "integer"),
                Column("symptoms_max", "Most symptoms present", "integer"),
                Column("answer_min", "Answer from which a symptom is present", "number"),
                Column("early_item", "Item whose symptom is present earlier", "integer", required=False),
                Column("early_min", "Answer from which that one is present", "number", required=False),
                Column("core_items", "Items of which at least one must be present", "numbers"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="anchor_set",
            doc="Published wordings of a level that differ; the record stores which was used.",
            columns=(
                KEY,
                Column("text", "Our paraphrase of the anchors"),
                Column("accepted", "May be used here; a set that counts otherwise is named and refused", "flag"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="cut",
            doc="Cut-offs with a name, such as a positive screen.",
            columns=(
                KEY,
                Column("applies_to", "Whom it is for", required=False),
                Column("op", "How the total is compared", choices=OPERATORS),
                Column("value", "Number", "numbers"),
                Column("unit", "Unit", "unit"),
                Column("meaning", "What a positive answer means"),
                *PROVENANCE,
            ),
        ),
    ),
)
