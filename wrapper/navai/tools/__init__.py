"""The functions of a Navai backend, without any framework."""
