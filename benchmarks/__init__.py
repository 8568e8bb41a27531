"""How fast and how exact the simulator is, and how soon the command line answers: `make bench-*`."""
