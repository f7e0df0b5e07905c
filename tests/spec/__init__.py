"""One file a specification, one test a demand; the section stands in the docstring."""
