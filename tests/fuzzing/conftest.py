"""What pytest does not look into for examples: the module that needs atheris, which only `make fuzz` installs."""

collect_ignore = ["guided.py"]
