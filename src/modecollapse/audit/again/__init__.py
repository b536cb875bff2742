"""What a study's numbers are, computed a second time: no file here imports what computed them the first time."""
