"""Version 1 of the HTTP API, one module for each thing that can be asked for."""
