"""An OpenID Connect provider with step-up MFA.

Read in this order: `core/assurance.py`, `policy/engine.py`, `login/steps.py`, `login/service.py`, `oidc/views.py`,
`app`.
Folders are stacked on floors and import only downwards; the picture is in `pyproject.toml`, kept true by import-linter.
"""

__version__ = "0.1.0"
