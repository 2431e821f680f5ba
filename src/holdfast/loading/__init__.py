"""The project folder, read into definitions; every problem found is reported, each with file, line and fix."""
