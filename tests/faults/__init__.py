"""A real server is killed, its network cut, its disk filled, while several nurses enter: nothing lost, none doubled."""
