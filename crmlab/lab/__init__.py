"""The learner's own place: their folder, the start of JupyterLab, and the look at what is amiss."""
