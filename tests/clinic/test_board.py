from __future__ import annotations
import pytest
from django.test import Client
from tests.clinic.flow_sheet_days import *
pytestmark = pytest.mark.django_db
def test_x(people, monkeypatch):
    from holdfast.clinic.board import actions
    day = new_day(people); day.begun_nasal(1)
    from django.utils import timezone
    import holdfast.clinic.board.views as v
    monkeypatch.setattr(v.timezone,'now',lambda: NOW+dt.timedelta(minutes=50))
    c=Client(); c.force_login(people.nurse)
    r=c.get('/programmes/clinic/board/')
    print(r.content.decode())
    assert r.status_code==200
