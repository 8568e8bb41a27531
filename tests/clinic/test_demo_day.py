from __future__ import annotations
import datetime as dt
import pytest
from holdfast.clinic.board.day import DayReader
from holdfast.clinic.board.lines import headline, lines_of
from holdfast.clinic.example.demo_day import load_demo_day
from tests.clinic.test_example_programme import people
pytestmark = pytest.mark.django_db
def test_x():
    import time
    now=dt.datetime(2026,11,21,19,0,tzinfo=dt.UTC)
    t=time.time()
    programme, rest = load_demo_day(people=people(now), now=now)
    print('took',time.time()-t, len(rest))
    r=DayReader(programme.pk)
    t=time.time(); b=r.board(now); print('board',time.time()-t)
    t=time.time(); b=r.board(now+dt.timedelta(seconds=1)); print('board again',time.time()-t)
    t=time.time(); b=r.board(now+dt.timedelta(seconds=20)); print('board clock',time.time()-t)
    for p in b.places:
        print('##',p.name)
        for c in p.cards:
            print(c.shown,headline(c),*[(l.tone,l.text) for l in lines_of(c)],sep='\n   ')
    for n in ('without_chair','expected','left'):
        print('##',n,*[(c.shown,headline(c),[(l.tone,l.text) for l in lines_of(c)]) for c in getattr(b,n)],sep='\n  ')
    assert 0
