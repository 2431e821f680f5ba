"""What the team declared, as frozen values: sources, models, metrics, checks, pipelines, people."""
