"""Experiments: what the profession says about customers, as models that can be run. Nothing here knows a widget."""
