"""Every file of the corpus: kept to the octet, and read as the peers that expect something of it read it."""
