"""Plumbing: the WSGI router, cookies, CSRF, headers, transactions, error pages, static files."""
