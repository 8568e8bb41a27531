"""The controlled-drug ledger. Every table is append-only: what was wrong is corrected by another row."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly
from holdfast.facts.tables import DRUGS
from holdfast.safety.drug_amounts import Basis, Form, Strength
from holdfast.safety.drug_ledger import WITNESSED, Cause, Kind

BY_SIGN = Q(kind=Kind.ADJUSTED.value) | Q(corrects__isnull=False)  # the only rows whose quantity may be below 0
LABEL = ("programme", "drug", "form", "mg_per_unit", "basis", "lot_number", "expires_on")


class DrugLot(AppendOnly):
    """One lot of one product in one programme. `mg_per_unit` is mg per mL of a vial, or mg per device."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="drug_lots")
    drug = models.CharField(max_length=20)
    form = models.CharField(max_length=20)
    mg_per_unit = models.DecimalField(max_digits=9, decimal_places=3)
    vial_ml = models.DecimalField(max_digits=9, decimal_places=3, null=True)  # null = a device
    basis = models.CharField(max_length=20)  # what the label's milligrams speak of
    lot_number = models.CharField(max_length=40)
    expires_on = models.DateField()  # its last good day
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("drug", "form", "expires_on", "lot_number")
        constraints = [
            models.UniqueConstraint(fields=(*LABEL, "vial_ml"), name="one_lot_of_vials_of_each_label"),
            models.UniqueConstraint(
                fields=LABEL, condition=Q(vial_ml__isnull=True), name="one_lot_of_devices_of_each_label"
            ),
            models.CheckConstraint(condition=Q(drug__in=DRUGS), name="drug_lot_is_of_a_known_drug"),
            models.CheckConstraint(
                condition=Q(form__in=[form.value for form in Form]), name="drug_lot_form_is_a_known_word"
            ),
            models.CheckConstraint(
                condition=Q(basis__in=[basis.value for basis in Basis]), name="drug_lot_basis_is_a_known_word"
            ),
            models.CheckConstraint(condition=Q(mg_per_unit__gt=0), name="drug_lot_has_a_strength"),
        ]

    def __str__(self) -> str:
        return f"{self.drug} {self.form} lot {self.lot_number}"

    @property
    def strength(self) -> Strength:
        """What it holds, for the arithmetic."""
        return Strength(self.drug, Form(self.form), self.mg_per_unit, Basis(self.basis), self.vial_ml)


class StockCount(AppendOnly):
    """What two people counted at the close of a day. `after_movement` is the last movement there was then."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    entry_key = models.UUIDField(unique=True)
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="stock_counts")
    counted_on = models.DateField()  # the day that is closed by it
    after_movement = models.BigIntegerField(default=0)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    witness = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(condition=~Q(entered_by=models.F("witness")), name="a_count_is_by_two_people")
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class CountLine(AppendOnly):
    """One lot in a count, mL or devices."""

    stock_count = models.ForeignKey(StockCount, on_delete=models.PROTECT, related_name="lines")
    lot = models.ForeignKey(DrugLot, on_delete=models.PROTECT, related_name="+")
    expected = models.DecimalField(max_digits=12, decimal_places=3)
    counted = models.DecimalField(max_digits=12, decimal_places=3)

    class Meta:
        ordering = ("lot",)
        constraints = [
            models.UniqueConstraint(fields=("stock_count", "lot"), name="one_line_of_a_count_per_lot"),
            models.CheckConstraint(condition=Q(counted__gte=0), name="nothing_is_counted_below_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.stock_count_id}: {self.lot_id}"


class Explanation(AppendOnly):
    """Why a count differed, by a prescriber or the programme lead."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    stock_count = models.OneToOneField(StockCount, on_delete=models.PROTECT, related_name="explanation")
    why = models.TextField()
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its count."""
        return self.stock_count.programme


class Movement(AppendOnly):
    """One entry. `quantity` is mL or devices; below 0 only where it corrects another, or adjusts after a count."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    entry_key = models.UUIDField(unique=True)  # the same entry sent twice is one
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="drug_movements")
    lot = models.ForeignKey(DrugLot, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=20)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    stock_change = models.DecimalField(max_digits=12, decimal_places=3)  # by the rule of that name
    drawing = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="accounts")
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    treatment_session = models.ForeignKey(
        "treatment_sessions.TreatmentSession", null=True, on_delete=models.PROTECT, related_name="drug_movements"
    )
    stock_count = models.ForeignKey(StockCount, null=True, on_delete=models.PROTECT, related_name="adjustments")
    cause = models.CharField(max_length=20, blank=True)  # of a waste
    why = models.TextField(blank=True)
    booked_on = models.DateField()  # the day of the ledger it belongs to, where the programme is
    happened_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    witness = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=("programme", "booked_on"), name="drug_movement_of_a_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in Kind]), name="drug_movement_is_a_known_word"
            ),
            models.CheckConstraint(
                condition=Q(cause__in=["", *(cause.value for cause in Cause)]),
                name="drug_movement_cause_is_a_known_word",
            ),
            models.CheckConstraint(condition=BY_SIGN | Q(quantity__gt=0), name="a_drug_movement_moves_something"),
            models.CheckConstraint(
                condition=~(Q(kind__in=sorted(kind.value for kind in WITNESSED)) | Q(corrects__isnull=False))
                | Q(witness__isnull=False),
                name="drug_leaving_the_book_is_witnessed",
            ),
            models.CheckConstraint(
                condition=Q(witness=None) | ~Q(entered_by=models.F("witness")), name="a_witness_is_another_person"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[Kind.GIVEN.value, Kind.RETURNED.value]) | Q(drawing__isnull=False),
                name="what_is_given_was_drawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
