"""What Holdfast remembers: landings, runs, releases, holds and requests."""
