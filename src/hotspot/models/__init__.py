"""Models: one recipe and its fitted object a file. All answer in expected incidents per cell and window."""
