"""What is remembered, one folder per noun: dataclasses in `model.py`, one visible statement a function in `store.py`."""
