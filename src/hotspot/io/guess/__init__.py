"""What an unknown file may mean, guessed from its names and its values, with reasons."""
