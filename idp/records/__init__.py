"""What is remembered, a folder per noun: dataclasses in `model.py`, one visible statement a function in `store.py`."""
