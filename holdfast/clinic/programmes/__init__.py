"""Programmes: where patients are treated, under which jurisdiction, with which choices and signatures."""
