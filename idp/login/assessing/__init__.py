"""Risk at the door: assess once the person is known, learn once everything is proved, take back what was not theirs."""
