"""The rules, a module for each family; `lint.selection.load` imports them all."""
