"""An alert about suicide risk reaches the person on duty, is taken by somebody, or goes on to the next."""
