"""What is raised where two requests hold one thing that is good for one."""


class LostError(Exception):
    """Another request moved the interaction first: nothing of this one may stay."""
