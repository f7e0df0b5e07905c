"""One test a module of the OpenID Foundation's conformance plans, under the module's name (conformance.md §2)."""
