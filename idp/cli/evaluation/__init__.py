"""Measuring the risk model on a login history: replay in order, score then learn, against simulated attackers."""
