"""Read-outs of experiments told to people and programs: words, JSON, a picture, a page."""
