"""Does a test fail when a line of the money path is wrong? Run by hand: make mutants."""
