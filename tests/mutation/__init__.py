"""A rule taken out of the code at a time, and the simulation that must notice."""
