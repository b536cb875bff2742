"""From a printed value to its formula, its rows, the files of its runs, and its computation anew."""
