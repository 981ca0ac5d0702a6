"""What several tests share: the corpus, drawn input, the receipt, copies read back, lines for the end of the run."""
