"""`python -m idp.cli`: the command line by the module's name, where no script is on the PATH."""

from idp.cli.main import main

if __name__ == "__main__":  # a process of a pool imports the module again
    main(prog_name="idp")
