"""What an experiment's sufficient statistics say: lift with intervals, split, segments, path over days."""
