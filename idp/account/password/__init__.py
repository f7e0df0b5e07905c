"""The password of somebody who is signed in: changed, or chosen for the first time (F1)."""
