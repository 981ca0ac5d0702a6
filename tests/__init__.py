"""The tests of mimekit; `unit` mirrors the package, every other folder is a kind of evidence."""
