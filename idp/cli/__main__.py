"""`python -m idp.cli`: the command line by the module's name, where no script is on the PATH."""

from idp.cli.main import main

main(prog_name="idp")
